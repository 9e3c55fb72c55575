extension JSONReader {
    /// Reads a text or a name; the index is at its opening quote.
    mutating func readText(_ bytes: Span<UInt8>) throws(JSONError) {
        let start = index + 1
        var at = start
        var isEscaped = false
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                index = at + 1
                return append(isEscaped ? .escapedText : .text, start, at)
            }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                try skipEscape(bytes, &at)
            } else if byte < 0x20 {
                throw JSONError(.controlCharacter, at: at)
            } else {
                at += 1
            }
        }
        throw JSONError(.unexpectedEnd, at: at)
    }

    private mutating func skipEscape(_ bytes: Span<UInt8>, _ at: inout Int) throws(JSONError) {
        let start = at
        var isLone = false
        guard JSONEscape.scalar(bytes, at: &at, isLone: &isLone) != nil else {
            throw JSONError(.escapeMalformed, at: start)
        }
        if isLone { leniencies.insert(.loneSurrogate) }
    }

    /// Reads a number; the index is at its first byte, if it is one.
    ///
    /// A sign, digits, a point and digits, an exponent; or a sign and `NaN`, `Infinity` or `Inf`.
    mutating func readNumber(_ bytes: Span<UInt8>) throws(JSONError) {
        let start = index
        switch bytes[index] {
        case UInt8(ascii: "-"): index += 1
        case UInt8(ascii: "+"):
            leniencies.insert(.plusSign)
            index += 1
        default: break
        }
        guard index < bytes.count else { throw JSONError(.numberMalformed, at: index) }
        switch bytes[index] {
        case UInt8(ascii: "N"), UInt8(ascii: "n"):
            try skipWordIgnoringCase("nan", bytes)
            leniencies.insert(.notFinite)
        case UInt8(ascii: "I"), UInt8(ascii: "i"):
            try skipInfinity(bytes)
            leniencies.insert(.notFinite)
        default:
            try skipMantissa(bytes, isSigned: index > start)
            try skipExponent(bytes)
        }
        append(.number, start, index)
    }

    private mutating func skipInfinity(_ bytes: Span<UInt8>) throws(JSONError) {
        try skipWordIgnoringCase("inf", bytes)
        guard index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "i") else { return }
        try skipWordIgnoringCase("inity", bytes)
    }

    private mutating func skipMantissa(_ bytes: Span<UInt8>, isSigned: Bool) throws(JSONError) {
        let start = index
        let wholeCount = skipDigits(bytes)
        if wholeCount > 1, bytes[start] == UInt8(ascii: "0") { leniencies.insert(.leadingZeros) }
        guard index < bytes.count, bytes[index] == UInt8(ascii: ".") else {
            guard wholeCount > 0 else {
                throw JSONError(isSigned ? .numberMalformed : .unexpectedByte, at: index)
            }
            return
        }
        index += 1
        let fractionCount = skipDigits(bytes)
        guard wholeCount + fractionCount > 0 else { throw JSONError(.numberMalformed, at: index) }
        if wholeCount == 0 || fractionCount == 0 { leniencies.insert(.bareDecimalPoint) }
    }

    private mutating func skipExponent(_ bytes: Span<UInt8>) throws(JSONError) {
        guard index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") else { return }
        index += 1
        if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
            index += 1
        }
        guard skipDigits(bytes) > 0 else { throw JSONError(.numberMalformed, at: index) }
    }

    /// - Returns: How many digits there are.
    @inline(__always)
    private mutating func skipDigits(_ bytes: Span<UInt8>) -> Int {
        var at = index
        while at < bytes.count, bytes[at] &- UInt8(ascii: "0") < 10 { at += 1 }
        defer { index = at }
        return at - index
    }
}
