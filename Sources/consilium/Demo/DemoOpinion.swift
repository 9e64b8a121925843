import Cases
import Clinic
import Foundation
import Postgres

/// The specialist's writing in a case of the demo: the first read, then the opinion, both signed.
struct DemoOpinion {
    let cases: CaseService

    func write(_ entry: DemoFile.Case, _ id: CaseID, in demo: DemoTransaction) async throws {
        guard let key = entry.specialist, let opinion = entry.opinion else {
            throw DemoFault("\(entry.key) names no specialist")
        }
        let specialist = try await demo.act(as: key, .specialist)
        if let firstRead = entry.firstRead {
            let reads = cases.firstReads
            // The file has one text: its last sentence is the impression.
            let sentences = firstRead.text.split(separator: ". ")
            let draft = try await reads.save(
                FirstReadContent(
                    findings: firstRead.text, impression: String(sentences.last ?? ""), confidence: .moderate),
                of: id, ifVersion: nil, by: specialist, in: demo.tx)
            _ = try await reads.sign(id, ifVersion: ExpectedVersion(draft.version), by: specialist, in: demo.tx)
        }
        let questions = try await cases.cases.read(id, by: specialist, in: demo.tx).questions ?? []
        let opinions = cases.opinions
        let draft = try await opinions.save(
            try content(opinion, of: entry, answering: questions), of: id, ifVersion: nil, by: specialist,
            in: demo.tx)
        _ = try await opinions.sign(id, ifVersion: ExpectedVersion(draft.version), by: specialist, in: demo.tx)
    }

    private func content(
        _ opinion: DemoFile.Opinion, of entry: DemoFile.Case, answering questions: [QuestionView]
    ) throws -> OpinionContent {
        guard let diagnosis = Verdict(rawValue: opinion.diagnosis), let treatment = Verdict(rawValue: opinion.treatment)
        else { throw DemoFault("\(entry.key): a verdict is confirmed, clarified or changed") }
        return OpinionContent(
            diagnosis: Judgement(diagnosis, opinion.text),
            treatment: Judgement(treatment, opinion.text), missingStudies: opinion.missingStudies,
            alternatives: opinion.alternatives.map { Alternative(text: $0.name, outcomes: $0.outcomes) },
            answers: questions.compactMap { question in
                opinion.answers.first { $0.question == question.text }.map {
                    OpinionAnswer(question: question.id, text: $0.answer)
                }
            }, summary: opinion.text)
    }
}
