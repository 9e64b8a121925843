import Clinic
import Testing

@Suite("Text that people type", .timeLimit(.minutes(5)))
struct VisibleTextTests {
    @Test(
        "is not made of what cannot be seen, in one line or several",
        arguments: [
            "\u{200B}", "\u{2800}", "\u{2800}\u{2800}", "\u{3164}", "\u{FEFF}", "\u{115F}\u{1160}", "\u{FFA0}",
            "\u{AD}",
            "\u{200C}", "\u{200D}\u{200D}", "\u{2060}", "\u{180E}", "\u{34F}", "\u{E0041}\u{E0042}", "\u{FE0F}",
            "\u{200E}", "\u{2066}\u{2069}", "\u{301}", "\u{20DD}", "\u{E000}", "\u{FFFF}", "\u{2061}", "\u{FFF9}",
            "\u{13441}", "\u{1D159}", "\u{17B4}", " \u{200B}\t\u{2800} ",
        ])
    func invisible(text: String) {
        #expect(rule(text) == "visible")
        #expect(line(text) == "visible")
    }

    @Test("is blank where it has white space alone", arguments: ["", " ", "\u{A0}", "\u{3000}\u{2003}", "\u{2028}"])
    func blank(text: String) {
        #expect(rule(text) == "not_blank")
        #expect(line(text) == "not_blank")
    }

    @Test(
        "is refused as a line with what changes direction or cannot be seen",
        arguments: [
            ("Ana\u{202E} ,leumaS", "no_direction_controls"), ("scan\u{202E}fdp.exe", "no_direction_controls"),
            ("a\u{202A}b\u{202C}", "no_direction_controls"), ("a\u{202B}b", "no_direction_controls"),
            ("a\u{202C}b", "no_direction_controls"), ("a\u{202D}b", "no_direction_controls"),
            ("a\u{2066}b\u{2069}", "no_direction_controls"), ("a\u{2067}b", "no_direction_controls"),
            ("a\u{2068}b", "no_direction_controls"), ("a\u{2069}b", "no_direction_controls"),
            ("\u{202A}+1 216 555 0100\u{202C}", "no_direction_controls"),
            ("محمد\u{202E}abc", "no_direction_controls"), ("محمد\u{2067}abc\u{2069}", "no_direction_controls"),
            ("Ana\u{200E}Samuel", "no_direction_controls"), ("Ana\u{200F}", "no_direction_controls"),
            ("A\u{61C}na", "no_direction_controls"),
            ("Ana\u{200B}Samuel", "no_invisible_characters"), ("Ana\u{AD}Samuel", "no_invisible_characters"),
            ("\u{FEFF}Ana", "no_invisible_characters"), ("Ana\u{2060}", "no_invisible_characters"),
            ("Ana\u{3164}", "no_invisible_characters"), ("Ana\u{E0041}", "no_invisible_characters"),
            ("Ana\u{200D}Samuel", "no_invisible_characters"), ("Ana\u{200C}Samuel", "no_invisible_characters"),
            ("\u{200C}محمد", "no_invisible_characters"), ("مح\u{200C}\u{200C}مد", "no_invisible_characters"),
            ("Ana\u{FE0F}\u{FE0F}", "no_invisible_characters"), ("Ana\u{E0100}", "no_invisible_characters"),
            ("Ana\u{E000}", "no_invisible_characters"), ("Ana\u{FFFE}", "no_invisible_characters"),
            ("Ana\u{FFF9}x\u{FFFA}y\u{FFFB}", "no_invisible_characters"), ("Ana\u{2063}", "no_invisible_characters"),
            ("Ma\u{FE0F}ria", "no_invisible_characters"), ("Clinic\u{FE00}", "no_invisible_characters"),
            ("❤\u{FE0F}\u{200D}1", "no_invisible_characters"), ("ខ្មែរ\u{200B}", "no_invisible_characters"),
            ("\u{180E}ᠠ", "no_invisible_characters"), ("Ana" + String(repeating: "\u{301}", count: 31), "marks"),
            ("Ana\nSamuel", "one_line"), ("Ana\u{2028}Samuel", "one_line"), ("Ana\u{2029}", "one_line"),
            ("Ana\u{85}", "no_control_characters"), ("Ana\u{7F}", "no_control_characters"),
        ])
    func lines(text: String, broken: String) { #expect(line(text) == broken) }

    @Test(
        "is taken as a line where writing needs what it has",
        arguments: [
            "O'Brien-D\u{2019}Arcy", "محمد", "X", "N\u{303}un\u{303}ez", "李小龍", "Núñez", "Ж", "3M", "Dr. No, 2nd",
            // A non-joiner in Persian, and joiners in Malayalam, Sinhala and Devanagari.
            "علی\u{200C}رضا", "അവന്\u{200D}", "ශ්\u{200D}රී", "क्\u{200D}ष", "র\u{200D}্য",
            // Hebrew with a mark at its end, and a number in Arabic.
            "שלום!\u{200F}", "أحمد \u{200F}(2)", "\u{200F}שלום", "١٢\u{61C}-محمد",
            // An ideographic variant of a Japanese name, emoji of several parts, Braille.
            "葛\u{E0100}城", "👩🏽\u{200D}⚕\u{FE0F}", "👨\u{200D}👩\u{200D}👧", "❤\u{FE0F}", "1\u{FE0F}\u{20E3}",
            "\u{2801}\u{2800}\u{2803}",
            "\u{600}12", "ᠠ\u{180B}", "ᠰᠠᠷ\u{180E}ᠠ",
            // A suffix behind a digit, a foreign word and a bracket; words of Khmer.
            "سونوگرافی ۳\u{200C}بعدی.pdf", "MRI\u{200C}های مغز", "«قلب»\u{200C}ها", "លទ្ធផល\u{200B}ឈាម",
        ])
    func needed(text: String) {
        #expect(line(text) == nil)
        #expect(rule(text) == nil)
    }

    @Test(
        "of several lines keeps its letters in their order",
        arguments: [
            ("He wrote \u{2067}שלום, 3\u{2069} and left.", nil), ("\u{202B}שלום\u{202C}\nnext", nil),
            ("a\u{200B}b", nil), ("\u{200E}a", nil), ("a\u{2069}b\u{202C}", nil), ("🏴\u{E0067}\u{E0062}\u{E007F}", nil),
            ("\u{2066}a\u{202B}b\u{2069}", nil), ("a\u{202E}b", "no_direction_controls"),
            ("a\u{202D}b\u{202C}", "no_direction_controls"), ("a\u{2067}b", "closed_direction"),
            ("\u{202A}a\n\u{202C}b", "closed_direction"), ("\u{202B}a\u{2069}", "closed_direction"),
            ("\u{2066}a\u{202C}", "closed_direction"), ("\u{2066}\u{2066}a\u{2069}", "closed_direction"),
        ] as [(String, String?)])
    func paragraphs(text: String, broken: String?) { #expect(rule(text) == broken) }

    @Test("changes its direction no deeper than is shown")
    func deep() {
        func nested(_ count: Int) -> String {
            String(repeating: "\u{2066}", count: count) + "a" + String(repeating: "\u{2069}", count: count)
        }
        #expect(rule(nested(125)) == nil)
        #expect(rule(nested(126)) == "closed_direction")
    }

    private func rule(_ text: String) -> String? {
        refused { () throws(FieldRefusal) in try checkText(text, at: "/text", max: 1000) }
    }
    private func line(_ text: String) -> String? {
        refused { () throws(FieldRefusal) in try checkLine(text, at: "/name", max: 100) }
    }

    private func refused(_ check: () throws(FieldRefusal) -> Void) -> String? {
        do throws(FieldRefusal) {
            try check()
            return nil
        } catch {
            return error.rule
        }
    }
}
