internal import AdapterKit
internal import OpenSenseWebhooks

extension AdapterContract {
    /// Nothing is longer than the vendor takes, and texts at their limit are treated rightly.
    func limitViolations(_ adapter: any IncidentAdapter, _ everything: [ContractSample])
        -> [ContractViolation]
    {
        return limits.flatMap { limit in
            everything.flatMap { exceeded(limit, $0) } + unusedViolations(limit, everything)
        }
            + limits.flatMap { limit -> [ContractViolation] in
                guard case .text(let path, let textLimit) = limit else { return [] }
                return boundaryViolations(adapter, path, textLimit)
            }
    }

    private func exceeded(_ limit: ContractLimit, _ sample: ContractSample) -> [ContractViolation] {
        switch limit {
        case .text(let path, let limit):
            JSONPath(path).texts(in: sample.body).filter { !limit.allows($0) }.map {
                .init(
                    .textLimits, "\(sample) has \($0.utf16.count) at \(path), where \(limit.max) fit.",
                    fault: "long \(path)")
            }
        case .totalText(let path, let unitsMax):
            JSONPath(path).values(in: sample.body).map(JSONPath.textUnits).filter { $0 > unitsMax }.map {
                .init(
                    .textLimits, "\(sample) has \($0) in all below \(path), where \(unitsMax) fit.",
                    fault: "long \(path)")
            }
        case .items(let path, let countMax):
            JSONPath(path).values(in: sample.body).compactMap { $0.items?.count }.filter { $0 > countMax }.map
            {
                .init(
                    .textLimits, "\(sample) has \($0) items at \(path), where \(countMax) fit.",
                    fault: "long \(path)")
            }
        case .body(let bytesMax):
            sample.bytes > bytesMax
                ? [
                    .init(
                        .textLimits, "\(sample) has \(sample.bytes) bytes, where \(bytesMax) fit.",
                        fault: "large")
                ]
                : []
        }
    }

    /// A limit whose path is in no request checks nothing; most likely it is misspelt.
    private func unusedViolations(_ limit: ContractLimit, _ samples: [ContractSample]) -> [ContractViolation]
    {
        let path: String
        switch limit {
        case .text(let text, _), .totalText(let text, _), .items(let text, _): path = text
        case .body: return []
        }
        return samples.contains { !JSONPath(path).values(in: $0.body).isEmpty }
            ? [] : [.init(.textLimits, "No request has anything at \(path), so its limit is not checked.")]
    }

    /// Makes the text at `path` one shorter than, as long as and one longer than its limit.
    ///
    /// It does so through each field of an event that shows in the text, in letters that are one, two and
    /// several UTF-16 units long.
    private func boundaryViolations(
        _ adapter: any IncidentAdapter, _ path: String, _ limit: TextLimit
    ) -> [ContractViolation] {
        let fields = ["site_id", "device_id", "channel_id", "id", "severity", "kind"]
        return adapter.actions.flatMap { action in
            fields.flatMap { field in
                ["x", "😀", "z\u{301}", "👩‍👩‍👧‍👦"].flatMap { letter -> [ContractViolation] in
                    let probe = Probe(
                        contract: self, adapter: adapter, action: action, path: path, field: field,
                        letter: letter)
                    return [-1, 0, 1].flatMap { probe.faults(at: limit, $0) }.map {
                        .init(.textLimits, $0.text, fault: "\($0.kind) \(path)")
                    }
                }
            }
        }
    }
}

/// Grows one field of an event and watches one text of the request.
private struct Probe {
    let contract: AdapterContract
    let adapter: any IncidentAdapter
    let action: IncidentUpdate.Action
    let path: String
    let field: String
    let letter: String

    /// What is wrong with the text when it would be `limit` and `difference` long.
    func faults(at limit: TextLimit, _ difference: Int) -> [(kind: String, text: String)] {
        let short = value(units: 20)
        guard let shortText = texts(with: short).first(where: { $0.contains(short) }) else { return [] }
        let count = shortText.ranges(of: short).count  // a text may hold the field twice
        let around = shortText.utf16.count - count * short.utf16.count
        let units = (limit.max + difference - around) / count
        guard units >= 20 else { return [] }
        let long = value(units: units)
        let name = "To \(action) with \(field) of \(units) in “\(letter)” the text at \(path)"
        let found = texts(with: long)
        guard let text = found.first(where: { $0.contains(letter) }) ?? found.first else {
            return [("missing", "\(name) is missing.")]
        }
        guard limit.allows(text) else {
            return [("long", "\(name) has \(text.utf16.count), where \(limit.max) fit.")]
        }
        guard text.contains(letter) else { return [] }  // not cut but replaced, as a key by its hash
        let whole = shortText.replacing(short, with: long)
        if limit.allows(whole), text != whole {
            return [("cut", "\(name) is cut, though it fits.")]
        }
        let known = Set(shortText + long + "…")
        return text.allSatisfy(known.contains) ? [] : [("torn", "\(name) is torn within a character.")]
    }

    /// Letters that come to exactly so many UTF-16 units, filled up with `a` in front.
    private func value(units: Int) -> String {
        let width = letter.utf16.count
        return String(repeating: "a", count: units % width) + String(repeating: letter, count: units / width)
    }

    private func texts(with value: String) -> [String] {
        let event = ContractEvent("", fields: ContractEvent.with(field, .string(value)))
        return contract.requests(adapter, event, action).flatMap {
            JSONPath(path).texts(in: JSONBody.decode($0.body))
        }
    }
}
