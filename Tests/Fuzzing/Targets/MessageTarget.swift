internal import HTTPReading
internal import HTTPServer

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
        var limits = ServerLimits()
        (limits.headBytesMax, limits.bodyBytesMax, limits.headersMax) = (256, 16, 4)
        claim(
            ParsedBytes.words(input, cutAt: input.indices.dropFirst(), limits)
                == ParsedBytes.words(input, limits), "the same holds within narrow limits")
    }
}
