import Foundation
import OpenSenseWebhooks
import Testing

/// Random documents, read by this reader and by Foundation's.
///
/// `SEED=… swift test --filter JSONAgainstFoundation` repeats a run.
@Suite(.serialized) struct JSONAgainstFoundationTests {
    static let seed =
        ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)

    @Test func `a random document has the same values for both, also laid out anew and escaped`() throws {
        var random = RandomJSON(seed: Self.seed)
        for round in 0..<500 {
            let value = random.value(depth: 4)
            let text = random.text(of: value)
            let document = try JSONDocument(Array(text.utf8))
            let read = document.value(document.root)
            #expect(read == value, "SEED=\(Self.seed), round \(round): \(text)")
            #expect(document.leniencies == [], "SEED=\(Self.seed), round \(round): \(text)")
            let decoded = try? JSONDecoder().decode(Lossy.self, from: Data(text.utf8))
            #expect(decoded == Lossy(read), "SEED=\(Self.seed), round \(round): \(text)")
        }
    }

    @Test func `what is written is the same document for both`() throws {
        var random = RandomJSON(seed: Self.seed)
        for round in 0..<500 {
            let value = random.value(depth: 4)
            let written = try #require(JSONWriter.bytes(of: value))
            let document = try JSONDocument(written)
            #expect(document.value(document.root) == value, "SEED=\(Self.seed), round \(round)")
            let decoded = try? JSONDecoder().decode(Lossy.self, from: Data(written))
            #expect(
                decoded == Lossy(value),
                "SEED=\(Self.seed), round \(round): \(String(decoding: written, as: UTF8.self))")
            #expect(JSONWriter.bytes(of: document.value(document.root)) == written)
        }
    }

    @Test func `a damaged document is no trap, and what Foundation reads is read`() {
        var random = RandomJSON(seed: Self.seed)
        var acceptedCount = 0
        for round in 0..<4_000 {
            var bytes = Array(random.text(of: random.value(depth: 3)).utf8)
            for _ in 0..<random.number(1...3) { random.damage(&bytes) }
            let isRead = (try? JSONDocument(bytes)) != nil
            // Foundation also reads UTF-32. Its decoder leaves a second value of one name unread, whatever is
            // in it; the other of its readers does not.
            guard !bytes.prefix(4).contains(0),
                let decoded = try? JSONDecoder().decode(Lossy.self, from: Data(bytes)),
                (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
            else { continue }
            acceptedCount += 1
            #expect(isRead, "SEED=\(Self.seed), round \(round): \(bytes)")
            guard let document = try? JSONDocument(bytes) else { continue }
            #expect(
                Lossy(document.value(document.root)) == decoded, "SEED=\(Self.seed), round \(round): \(bytes)"
            )
        }
        #expect(acceptedCount > 100)
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
