internal import OpenSenseWebhooks

/// Reads the captures that a command names.
enum CaptureFiles {
    static let headerOption = CommandHelp.Option(
        name: "--header", value: "'NAME: VALUE'", isRepeatable: true,
        summary: "Add a header, for a capture that is a bare body.")

    /// Every request in a file, with the headers of `--header` added.
    ///
    /// - Throws: ``CommandError`` with code 65 or 66.
    static func read(_ file: String, _ arguments: ParsedArguments) throws(CommandError) -> [Capture] {
        let added = try headers(arguments)
        do throws(Fault) { return try read(file, adding: added) } catch {
            switch error {
            case .file(let fault): throw CommandError(fault, file)
            case .capture(let fault): throw CommandError(.badInput, "\(file): \(fault.description)")
            }
        }
    }

    /// Why there are no requests in a file.
    enum Fault: Error {
        case file(FileFault)
        case capture(CaptureError)

        var exitCode: ExitCode {
            switch self {
            case .file(let fault): CommandError(fault, "").code
            case .capture: .badInput
            }
        }
    }

    /// Every request in a file, with `added` headers.
    static func read(_ file: String, adding added: [HeaderField]) throws(Fault) -> [Capture] {
        let bytes: [UInt8]
        do throws(FileFault) { bytes = try Files.read(file, bytesMax: Capture.bytesMax) } catch {
            throw .file(error)
        }
        do throws(CaptureError) {
            return try Capture.captures(in: bytes).map { capture in
                var capture = capture
                capture.fields += added
                return capture
            }
        } catch { throw .capture(error) }
    }

    /// The headers of `--header`.
    ///
    /// - Throws: ``CommandError`` with code 64.
    static func headers(_ arguments: ParsedArguments) throws(CommandError) -> [HeaderField] {
        var fields: [HeaderField] = []
        for text in arguments.all("--header") {
            guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else {
                throw CommandError(
                    .usage, "--header takes 'NAME: VALUE', and this has no colon: \(text.prefix(60))")
            }
            let value = text[text.index(after: colon)...].drop { $0 == " " }
            fields.append(.init(String(text[..<colon]), String(value)))
        }
        return fields
    }
}
