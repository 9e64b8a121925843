/// A match made by version 1 of the rules, as it is stored. It must never be changed: matches of that version exist.
enum Golden {
    static let input = #"""
        {"condition":"C50.412","day":"2026-11-22","jurisdiction":"US-OH","lane":"licensed","language":"es","speci\#
        alists":[{"accepting":true,"consultsPeers":false,"earlierOffers":[],"id":"00000000-0000-7000-8000-0000000\#
        00001","languages":["en"],"licence":{"expiresOn":"2027-03-31","jurisdiction":"US-OH","number":"L-1"},"ope\#
        nCases":2,"soonestDays":3,"takenThisWeek":0,"taxonomy":["207RX0202X"],"volumes":[{"prefix":"C50","yearly"\#
        :210},{"prefix":"C50.4","yearly":80}],"weeklyCapacity":3},{"accepting":true,"consultsPeers":false,"earlie\#
        rOffers":[],"id":"00000000-0000-7000-8000-000000000002","languages":["en","es-MX"],"licence":{"expiresOn"\#
        :"2027-03-31","jurisdiction":"US-OH","number":"L-2"},"openCases":0,"soonestDays":9,"takenThisWeek":0,"tax\#
        onomy":["2086X0206X"],"volumes":[{"prefix":"C50","yearly":120}],"weeklyCapacity":3},{"accepting":true,"co\#
        nsultsPeers":false,"earlierOffers":["lapsed"],"id":"00000000-0000-7000-8000-000000000003","languages":["e\#
        s"],"licence":{"expiresOn":"2027-03-31","jurisdiction":"US-OH","number":"L-3"},"openCases":0,"takenThisWe\#
        ek":0,"taxonomy":["207RX0202X"],"volumes":[],"weeklyCapacity":3},{"accepting":false,"consultsPeers":false\#
        ,"earlierOffers":[],"id":"00000000-0000-7000-8000-000000000004","languages":["en"],"openCases":0,"takenTh\#
        isWeek":0,"taxonomy":["207RX0202X"],"volumes":[],"weeklyCapacity":3},{"accepting":true,"consultsPeers":fa\#
        lse,"earlierOffers":["declined","lapsed"],"id":"00000000-0000-7000-8000-000000000005","languages":["en"],\#
        "licence":{"expiresOn":"2027-03-31","jurisdiction":"US-OH","number":"L-5"},"openCases":0,"takenThisWeek":\#
        3,"taxonomy":["207R00000X"],"volumes":[],"weeklyCapacity":3},{"accepting":true,"consultsPeers":false,"ear\#
        lierOffers":[],"id":"00000000-0000-7000-8000-000000000006","languages":["en"],"licence":{"expiresOn":"202\#
        6-11-21","jurisdiction":"US-OH","number":"L-6"},"openCases":0,"otherPart":"treating_clinician","takenThis\#
        Week":0,"taxonomy":["207RX0202X"],"volumes":[],"weeklyCapacity":3}],"taxonomy":[{"code":"207R00000X","pre\#
        fix":"C","weight":1},{"code":"207RX0202X","prefix":"C50","weight":3},{"code":"2086X0206X","prefix":"C50",\#
        "weight":2}]}
        """#
    static let result = #"""
        {"excluded":[{"reasons":["not_accepting","no_licence"],"specialist":"00000000-0000-7000-8000-000000000004\#
        "},{"reasons":["no_capacity","other_specialty","declined_before"],"specialist":"00000000-0000-7000-8000-0\#
        00000000005"},{"reasons":["licence_expired","conflict_of_interest"],"specialist":"00000000-0000-7000-8000\#
        -000000000006"}],"ranking":[{"reasons":[{"code":"condition_volume","number":120,"points":60,"prefix":"C50\#
        "},{"code":"related_specialty","points":40},{"code":"language_shared","points":40},{"code":"soon_opening"\#
        ,"number":9,"points":10}],"score":150,"specialist":"00000000-0000-7000-8000-000000000002"},{"reasons":[{"\#
        code":"condition_volume","number":80,"points":45,"prefix":"C50.4"},{"code":"usual_specialty","points":60}\#
        ,{"code":"interpreter_needed","points":0},{"code":"soon_opening","number":3,"points":20},{"code":"open_ca\#
        ses","number":2,"points":-4}],"score":121,"specialist":"00000000-0000-7000-8000-000000000001"},{"reasons"\#
        :[{"code":"usual_specialty","points":60},{"code":"language_shared","points":40},{"code":"left_unanswered"\#
        ,"points":-50}],"score":50,"specialist":"00000000-0000-7000-8000-000000000003"}],"rulesVersion":1}
        """#
}
