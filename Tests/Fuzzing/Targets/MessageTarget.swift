internal import HTTPReading
internal import HTTPServer
internal import HeaderFields

/// What comes to the server's port.
enum MessageTarget {
    static func check(_ input: [UInt8]) {
        let words = ParsedBytes.words(input)
        claim(
            ParsedBytes.words(input, cutAt: input.indices.dropFirst()) == words,
            "bytes mean the same when they come one by one")
        // A place in the input that the fuzzer chooses.
        if input.count > 1 {
            let cut = 1 + Int(input[0]) % (input.count - 1)
            claim(ParsedBytes.words(input, cutAt: [cut]) == words, "and when they come in two pieces")
        }
        let refusals = words.filter { $0.hasPrefix("refused ") }
        claim(refusals.count <= 1, "nothing is read behind a refusal")
        claim(
            words.joined().utf8.count <= input.count + 32 * (words.count + 1),
            "no request has more than what came")
        claim(
            ParsedBytes.words(input, cutAt: input.indices.dropFirst(), bodies: .passedOver)
                == ParsedBytes.words(input, bodies: .leftOut),
            "a body that is passed over ends where one that is read does")
        for head in ParsedBytes.heads(input) { check(head.headers) }
        var limits = ServerLimits()
        (limits.headBytesMax, limits.bodyBytesMax, limits.headersMax) = (256, 16, 4)
        claim(
            ParsedBytes.words(input, cutAt: input.indices.dropFirst(), limits)
                == ParsedBytes.words(input, limits), "the same holds within narrow limits")
    }

    /// The fields as a handler asks for them.
    private static func check(_ fields: RequestFields) {
        let all = Array(fields)
        claim(all.count == fields.count, "no field is left out")
        for field in all {
            let values = fields.values(named: field.name.uppercased())
            claim(values.contains(field.value), "a field is found by its name")
            claim(fields.firstValue(named: field.name) == values.first, "the first is the first of all")
        }
        let names = all.map { $0.name.lowercased() }.filter { $0.hasPrefix("x") }
        claim(
            (fields.repeatedName(withPrefix: "X") == nil) == (Set(names).count == names.count),
            "a name that stands twice is found")
        let client = proxies.client(of: proxy, fields)
        claim(
            client == proxy || fields.values(named: "x-forwarded-for").contains { $0.contains(client) },
            "the client is a forwarded one or the proxy")
    }

    private static let proxy = "10.0.0.1"
    private static let proxies = TrustedProxies([TrustedProxies.Network("10.0.0.0/8")].compactMap(\.self))
}
