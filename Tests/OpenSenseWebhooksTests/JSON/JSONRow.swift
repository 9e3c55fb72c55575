import OpenSenseWebhooks
import Testing

/// One text and what the reader makes of it.
struct JSONRow: Sendable, CustomTestStringConvertible {
    enum Verdict: Sendable, Equatable {
        /// It is JSON.
        case valid
        /// It is no JSON and read as what it means.
        case lenient(Set<JSONLeniency>)
        /// It is refused, at a byte.
        case refused(JSONError.Reason, at: Int)
    }

    let testDescription: String
    let bytes: [UInt8]
    let verdict: Verdict

    init(_ description: String, _ text: String, _ verdict: Verdict) {
        self.init(description, bytes: Array(text.utf8), verdict)
    }

    init(_ description: String, bytes: [UInt8], _ verdict: Verdict) {
        (testDescription, self.bytes, self.verdict) = (description, bytes, verdict)
    }

    /// Rows of valid JSON, named by their text.
    static func valid(_ texts: String...) -> [JSONRow] { texts.map { JSONRow($0, $0, .valid) } }

    var actual: Verdict {
        do throws(JSONError) {
            let leniencies = try JSONDocument(bytes).leniencies
            return leniencies.isEmpty ? .valid : .lenient(leniencies)
        } catch {
            return .refused(error.reason, at: error.offset)
        }
    }
}

/// The value that `text` is, read.
func value(_ text: String) throws -> JSONValue {
    let document = try JSONDocument(Array(text.utf8))
    return document.value(document.root)
}
