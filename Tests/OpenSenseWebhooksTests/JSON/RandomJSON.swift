import OpenSenseWebhooks

/// Documents from a seed: any shape, any text, numbers in every form.
struct RandomJSON {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    mutating func value(depth: Int) -> JSONValue {
        switch number(0...(depth > 0 ? 9 : 5)) {
        case 0: return .null
        case 1: return .boolean(number(0...1) == 0)
        case 2, 3: return .number(JSONNumber(numberText()) ?? 0)
        case 4, 5: return .string(string())
        case 6, 7: return .array((0..<number(0...4)).map { _ in value(depth: depth - 1) })
        default:
            // Numbered, so that no two are one for Foundation.
            return .object(
                JSONObject((0..<number(0...12)).map { ("\(string())\($0)", value(depth: depth - 1)) }))
        }
    }

    private mutating func numberText() -> String {
        var text = number(0...2) == 0 ? "-" : ""
        text += number(0...3) == 0 ? "0" : "\(number(1...9))" + digits(0...17)
        if number(0...2) == 0 { text += "." + digits(1...8) }
        // Foundation refuses `0e1`, which JSON allows.
        guard text.contains(where: { ("1"..."9").contains($0) }) else { return text }
        if number(0...3) == 0 { text += ["e", "E", "e+", "e-"][number(0...3)] + "\(number(0...40))" }
        return text
    }

    private mutating func digits(_ count: ClosedRange<Int>) -> String {
        (0..<number(count)).map { _ in "\(number(0...9))" }.joined()
    }

    private mutating func string() -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "b", "\"", "\\", "/", "\n", "\0", "\u{1F}", "\u{7F}", "é", "\u{301}", "€", "\u{2028}",
            "\u{FEFF}", "😀",
            "\u{10FFFF}", "{", "[", ",", ":",
        ]
        return String(
            String.UnicodeScalarView((0..<number(0...9)).map { _ in scalars[number(0...scalars.count - 1)] }))
    }

    // MARK: Writing in any layout

    mutating func text(of value: JSONValue) -> String {
        let text: String
        switch value {
        case .null: text = "null"
        case .boolean(let flag): text = "\(flag)"
        case .number(let number): text = number.text
        case .string(let string): text = quoted(string)
        case .array(let items):
            text = "[" + items.map { self.text(of: $0) }.joined(separator: ",") + space() + "]"
        case .object(let object):
            let members = object.map { space() + quoted($0.name) + space() + ":" + self.text(of: $0.value) }
            text = "{" + members.joined(separator: ",") + space() + "}"
        }
        return space() + text + space()
    }

    private mutating func space() -> String { ["", "", "", " ", "\n", "\t\r"][number(0...5)] }

    private mutating func quoted(_ string: String) -> String {
        let isEscaped = number(0...2) == 0
        let written = string.unicodeScalars.map { scalar -> String in
            guard isEscaped || scalar.value < 0x20 || scalar == "\"" || scalar == "\\" else {
                return String(scalar)
            }
            return String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16, uppercase: number(0...1) == 0)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }
        return "\"" + written.joined() + "\""
    }

    // MARK: Damage

    mutating func damage(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let place = number(0...bytes.count - 1)
        let odd = Array("{}[]:,\"\\+-.eE0ntf 'uN/#\n\0".utf8) + [0xFF, 0x80, 0xC3]
        switch number(0...4) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(odd[number(0...odd.count - 1)], at: place)
        case 2: bytes[place] = odd[number(0...odd.count - 1)]
        case 3: bytes = Array(bytes[..<place])
        default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + number(1...8))], at: place)
        }
    }
}
