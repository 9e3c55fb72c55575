internal import AdapterKit

extension AdapterContract {
    /// What is kept of an update is short.
    func keptViolations(_ rehearsal: AdapterRehearsal, _ place: String) -> [ContractViolation] {
        rehearsal.turns.map(\.context.progress).compactMap {
            tooLong($0, "progress", AdapterStep.progressBytesMax, place)
        } + tooLong(rehearsal.end, place)
    }

    /// What is kept of an answer is short, whatever a vendor answers.
    func keptAnswerViolations(_ adapter: any IncidentAdapter) -> [ContractViolation] {
        let ids = ["long": String(repeating: "9", count: 20_000), "odd": "a\u{0}b"]
        return turns(adapter).flatMap { turn in
            ids.sorted(by: { $0.key < $1.key }).flatMap { name, id in
                (200...202).flatMap { status -> [ContractViolation] in
                    let answer = VendorResponse(status: status, body: Self.answer(id: id))
                    let step = turn.step(adapter, answer)
                    return tooLong(step, "After an answer to \(turn.name) with an \(name) id")
                }
            }
        }
    }

    private func tooLong(_ step: AdapterStep?, _ place: String) -> [ContractViolation] {
        switch step {
        case .done(let state, _):
            [tooLong(state, "state", AdapterStep.stateBytesMax, place)].compactMap(\.self)
        case .send(_, let progress), .askLater(_, _, let progress):
            [tooLong(progress, "progress", AdapterStep.progressBytesMax, place)].compactMap(\.self)
        case .retry, .refused, nil: []
        }
    }

    private func tooLong(_ text: String?, _ name: String, _ bytesMax: Int, _ place: String)
        -> ContractViolation?
    {
        guard let text, text.utf8.count > bytesMax || text.utf8.contains(0) else { return nil }
        let what = text.utf8.count > bytesMax ? "\(text.utf8.count) bytes; at most \(bytesMax) fit" : "a NUL"
        return ContractViolation(.keptTexts, "\(place) the \(name) has \(what).", fault: name)
    }
}
