/// What may have happened to a body between the sender and this machine.
enum BodyHypotheses {
    /// The body as it is, then one after the other what it may have been; each is made only when it is asked
    /// for, so that a large body is never there many times.
    static func all(_ body: [UInt8]) -> [() -> Hypothesis?] {
        [{ .asReceived(body) }] + ends(body) + layouts(body) + encodings(body)
    }

    private static func ends(_ body: [UInt8]) -> [() -> Hypothesis?] {
        [
            hypothesis("body-newline-added", "A line break was added at the end of the body.") {
                body.last == 0x0A ? Array(body.dropLast(body.suffix(2) == [0x0D, 0x0A] ? 2 : 1)) : nil
            },
            hypothesis("body-newline-lost", "A line feed was lost at the end of the body.") { body + [0x0A] },
            hypothesis("body-newline-lost", "A line break was lost at the end of the body.") {
                body + [0x0D, 0x0A]
            },
            hypothesis("body-line-breaks", "The body's line breaks were turned from LF into CRLF.") {
                body.contains(0x0D) ? withoutCarriageReturns(body) : nil
            },
            hypothesis("body-line-breaks", "The body's line breaks were turned from CRLF into LF.") {
                body.contains(0x0A) && !body.contains(0x0D) ? withCarriageReturns(body) : nil
            },
            hypothesis("body-byte-order-mark", "A byte order mark was put in front of the body.") {
                body.starts(with: byteOrderMark) ? Array(body.dropFirst(3)) : nil
            },
            hypothesis("body-byte-order-mark", "The byte order mark in front of the body was lost.") {
                byteOrderMark + body
            },
        ]
    }

    private static func layouts(_ body: [UInt8]) -> [() -> Hypothesis?] {
        let advice =
            "The body was parsed and written again: take the raw bytes from the framework. What was signed"
        let layout = { (style: JSONLayout.Style, words: String) in
            hypothesis("body-reserialised", "\(advice) \(words).") { JSONLayout.text(of: body, style) }
        }
        let sorted = { (style: JSONLayout.Style, words: String) in
            hypothesis("body-reserialised", "\(advice) has its names sorted, and \(words).") {
                Self.sorted(body).flatMap { JSONLayout.text(of: $0, style) }
            }
        }
        return [
            layout(.compact, "has no spaces"), layout(.spaced, "has a space after each comma and colon"),
            layout(.indented(2), "is indented by 2"), layout(.indented(4), "is indented by 4"),
            sorted(.compact, "no spaces"), sorted(.spaced, "a space after each comma and colon"),
            hypothesis("body-escapes", "\(advice) writes slashes as \\/.") { replacing(body, "/", "\\/") },
            hypothesis("body-escapes", "\(advice) writes slashes plain.") { replacing(body, "\\/", "/") },
            hypothesis("body-escapes", "\(advice) writes letters beyond ASCII as \\u….") {
                JSONLayout.escaped(body)
            },
            hypothesis("body-escapes", "\(advice) writes letters beyond ASCII plain.") {
                JSONLayout.unescaped(body)
            },
        ]
    }

    private static func encodings(_ body: [UInt8]) -> [() -> Hypothesis?] {
        [
            hypothesis("body-encoding", "The body was taken for Latin-1 and written as UTF-8.") {
                let scalars = String(validating: body, as: UTF8.self)?.unicodeScalars
                guard let scalars, scalars.allSatisfy({ $0.value < 256 }) else { return nil }
                return scalars.map { UInt8($0.value) }
            },
            hypothesis("body-encoding", "The body was turned from UTF-8 into Latin-1.") {
                body.contains { $0 > 127 }
                    ? Array(String(String.UnicodeScalarView(body.map { UnicodeScalar($0) })).utf8) : nil
            },
        ]
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private static func hypothesis(
        _ code: String, _ message: String, _ bytes: @escaping () -> [UInt8]?
    ) -> () -> Hypothesis? {
        { bytes().map { Hypothesis(code: code, message: message, bytes: $0) } }
    }

    private static func withoutCarriageReturns(_ body: [UInt8]) -> [UInt8] {
        body.indices.filter { body[$0] != 0x0D || body[safe: $0 + 1] != 0x0A }.map { body[$0] }
    }

    private static func withCarriageReturns(_ body: [UInt8]) -> [UInt8] {
        body.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
    }

    /// In one pass: a body may consist of nothing else.
    private static func replacing(_ body: [UInt8], _ old: String, _ new: String) -> [UInt8]? {
        let (old, new) = (Array(old.utf8), Array(new.utf8))
        var (replaced, index, isChanged) = ([UInt8](), 0, false)
        replaced.reserveCapacity(body.count)
        while index < body.count {
            if body[index] == old[0], body[index...].starts(with: old) {
                replaced += new
                (index, isChanged) = (index + old.count, true)
            } else {
                replaced.append(body[index])
                index += 1
            }
        }
        return isChanged ? replaced : nil
    }

    /// The same with the names of each object sorted; nil for what a serialiser does not write.
    private static func sorted(_ body: [UInt8]) -> [UInt8]? {
        guard let document = try? JSONDocument(body), document.leniencies.isEmpty else { return nil }
        return JSONWriter.bytes(of: document.value(document.root))
    }
}

extension [UInt8] {
    subscript(safe index: Int) -> UInt8? { indices.contains(index) ? self[index] : nil }
}
