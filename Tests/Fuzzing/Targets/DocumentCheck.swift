internal import Foundation
internal import OpenSenseWebhooks

/// What must hold for the reader and the writer of JSON, whatever the bytes.
enum DocumentCheck {
    /// Foundation's decoder takes time in proportion to values times depth, so it is asked about what is
    /// short.
    private static let comparedBytesMax = 512

    static func check(_ input: [UInt8]) {
        let document: JSONDocument
        do throws(JSONError) { document = try JSONDocument(input) } catch {
            claim((0...input.count * 3 / 2 + 1).contains(error.offset), "an error lies within the text")
            return claim(foundation(input) == nil, "what Foundation reads is read")
        }
        claim(document.nodeCount <= input.count, "no byte makes more than a node")
        let value = document.value(document.root)
        checkWriting(value, isJSON: document.leniencies.isEmpty)
        if let decoded = foundation(input), document.leniencies.isEmpty {
            claim(decoded == Lossy(value), "both read the same")
        }
    }

    private static func checkWriting(_ value: JSONValue, isJSON: Bool) {
        guard let written = JSONWriter.bytes(of: value) else { fatalError("what was read can be written") }
        guard let again = try? JSONDocument(written) else { fatalError("what was written can be read") }
        claim(again.leniencies.isEmpty, "what is written is JSON")
        let read = again.value(again.root)
        claim(JSONWriter.bytes(of: read) == written, "what is written again is the same")
        if isJSON { claim(read == value, "what was written and read again is the same") }
    }

    /// What Foundation reads; nil also where it is not asked.
    private static func foundation(_ input: [UInt8]) -> Lossy? {
        // It alone reads UTF-32, which has zero bytes.
        guard input.count <= comparedBytesMax, !input.contains(0) else { return nil }
        // Its decoder leaves a second value of one name unread, whatever is in it; the other of its readers
        // does not.
        guard (try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)) != nil else {
            return nil
        }
        return try? JSONDecoder().decode(Lossy.self, from: Data(input))
    }
}

/// A value as Foundation has it: numbers as `Double`, names with their normalisation folded.
private indirect enum Lossy: Decodable, Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([Lossy])
    case object([String: Lossy])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let flag = try? container.decode(Bool.self) {
            self = .boolean(flag)
        } else if let object = try? container.decode([String: Lossy].self) {
            self = .object(object)
        } else if let items = try? container.decode([Lossy].self) {
            self = .array(items)
        } else {
            self = .number(try container.decode(Double.self))
        }
    }

    init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .boolean(let flag): self = .boolean(flag)
        case .number(let number): self = .number(number.doubleValue)
        case .string(let text): self = .string(text)
        case .array(let items): self = .array(items.map(Lossy.init))
        case .object(let object):
            self = .object(Dictionary(object.map { ($0.name, Lossy($0.value)) }) { first, _ in first })
        }
    }
}
