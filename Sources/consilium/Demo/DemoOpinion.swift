import Cases
import Clinic
import Foundation
import Outbox
import Postgres
import Vault

/// The specialist's writing in a case of the demo: the first read, then the opinion, both signed.
struct DemoOpinion {
    let vault: Vault
    let outbox: Outbox

    func write(_ entry: DemoFile.Case, _ id: CaseID, on stage: DemoStage) async throws {
        guard let key = entry.specialist, let opinion = entry.opinion else {
            throw DemoFault("\(entry.key) names no specialist")
        }
        let specialist = try await stage.enter(key, .specialist)
        if let firstRead = entry.firstRead {
            let reads = FirstReads(vault: vault)
            // The file has one text: its last sentence is what she takes it to be.
            let sentences = firstRead.text.split(separator: ". ")
            let draft = try await reads.save(
                FirstReadContent(
                    findings: firstRead.text, impression: String(sentences.last ?? ""), confidence: .moderate),
                of: id, expecting: nil, by: specialist, in: stage.tx)
            _ = try await reads.sign(id, expecting: ExpectedVersion(draft.version), by: specialist, in: stage.tx)
        }
        let questions = try await CaseStore(vault: vault).read(id, by: specialist, in: stage.tx).questions ?? []
        let opinions = Opinions(vault: vault, outbox: outbox)
        let draft = try await opinions.save(
            try content(opinion, of: entry, answering: questions), of: id, expecting: nil, by: specialist,
            in: stage.tx)
        _ = try await opinions.sign(id, expecting: ExpectedVersion(draft.version), by: specialist, in: stage.tx)
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
