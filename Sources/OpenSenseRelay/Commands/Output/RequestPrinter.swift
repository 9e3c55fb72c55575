internal import AdapterKit
internal import FoundationEssentials
internal import OpenSenseWebhooks

/// Writes a vendor's request for a person: as HTTP, as JSON, or as a curl command.
struct RequestPrinter {
    enum Style {
        case http
        case json
        case curl

        /// - Throws: ``CommandError`` with code 64 for two styles at once.
        init(_ arguments: ParsedArguments, _ help: CommandHelp) throws(CommandError) {
            switch (arguments.has("--json"), arguments.has("--curl")) {
            case (false, false): self = .http
            case (true, false): self = .json
            case (false, true): self = .curl
            case (true, true): throw ParsedArguments.usage(help, "--json and --curl exclude each other.")
            }
        }
    }

    let style: Style
    let adapter: ShownAdapter

    /// The request, with every secret masked.
    func text(_ request: OutboundRequest) -> String {
        switch style {
        case .http: http(request, masked: request.masked)
        case .json: json(request.masked)
        case .curl: curl(request)
        }
    }

    private func http(_ request: OutboundRequest, masked: OutboundRequest) -> String {
        // An address is taken apart before a secret in it is masked: dots would be percent-encoded.
        let parts = URLComponents(string: request.url)
        let query = parts?.percentEncodedQuery.map { "?\($0)" } ?? ""
        let target = request.mask((parts?.percentEncodedPath ?? "") + query)
        var text = "\(request.method.rawValue) \(target) HTTP/1.1\n"
        text += "Host: \(parts?.host ?? "")\(parts?.port.map { ":\($0)" } ?? "")\n"
        for field in masked.fields { text += Terminal.plain("\(field.name): \(field.value)") + "\n" }
        return text + "\n" + pretty(masked.body) + "\n"
    }

    private func json(_ request: OutboundRequest) -> String {
        var fields = JSONObject()
        for field in request.fields { fields[field.name] = .string(field.value) }
        let object: JSONValue = .object([
            "method": .string(request.method.rawValue), "url": .string(request.url),
            "headers": .object(fields),
            "body": JSONBody.decode(request.body) ?? .string(String(decoding: request.body, as: UTF8.self)),
        ])
        return PrintedJSON.line(object)
    }

    /// Single quotes keep the shell from reading the text; a key leaves them for a variable in double quotes.
    private func curl(_ request: OutboundRequest) -> String {
        var words = ["curl", "--request", request.method.rawValue, quoted(request.url)]
        for field in request.fields { words += ["--header", quoted("\(field.name): \(field.value)")] }
        if !request.body.isEmpty {
            // A body is JSON, which means the same with what it hides escaped.
            words += ["--data-raw", quoted(VisibleText.json(String(decoding: request.body, as: UTF8.self)))]
        }
        return words.joined(separator: " ") + "\n"
    }

    private func quoted(_ text: String) -> String {
        let whole = adapter.placeholders.reduce(ShellWord.escaped(text)) {
            $0.replacingBytes(of: $1.text, with: "'\"$\($1.variable)\"'")
        }
        return "'\(whole)'"
    }

    private func pretty(_ body: [UInt8]) -> String {
        JSONBody.decode(body).map(PrintedJSON.page) ?? String(decoding: body, as: UTF8.self)
    }
}
