internal import AdapterKit
internal import FoundationEssentials
internal import OpenSenseWebhooks
internal import VendorSandbox

/// What is sent: a kind's sample, or the event of a capture.
struct DeliveryTemplate {
    private let make: (_ id: String, _ attempt: Int, _ unixSeconds: Int) throws(CommandError) -> [UInt8]

    /// - Throws: ``CommandError`` with code 65 or 66 for a file that is no delivery or not there.
    init(_ word: String, _ arguments: ParsedArguments) throws(CommandError) {
        if SampleDelivery.kinds.contains(word) {
            make = { (id, attempt, unixSeconds) throws(CommandError) in
                var sample = SampleDelivery(
                    kind: word, eventID: "evt_\(id.dropFirst(3))", deliveryID: id, time: unixSeconds)
                sample.severity = arguments.value("--severity") ?? sample.severity
                sample.siteID = arguments.value("--site") ?? sample.siteID
                sample.deviceID = arguments.value("--device") ?? sample.deviceID
                sample.channelID = arguments.value("--channel") ?? sample.channelID
                sample.attempt = attempt
                return sample.body
            }
            return
        }
        if !Files.isThere(word), word != "-" {
            let hint =
                NearestName.of(word, among: SampleDelivery.kinds).map { "did you mean \($0)?" }
                ?? "the kinds are \(SampleDelivery.kinds.joined(separator: ", "))."
            throw CommandError(.noInput, "There is no kind and no file \(word); \(hint)")
        }
        let captures = try CaptureFiles.read(word, arguments)
        guard let body = captures.first?.body, case .object(let members)? = JSONBody.decode(body),
            case .object(let event)? = members["event"], event["kind"] != nil
        else {
            let hint =
                "neither a kind (\(SampleDelivery.kinds.joined(separator: ", "))) nor a capture of a delivery"
            throw CommandError(.badInput, "\(word) is \(hint).")
        }
        make = { (id, attempt, unixSeconds) throws(CommandError) in
            var members = members
            members["delivery"] = [
                "id": .string(id), "attempt": .number(JSONNumber(attempt)),
                "delivered_at": .string(Self.text(unixSeconds)),
            ]
            do { return try JSONBody.encode(.object(members)) } catch {
                throw CommandError(.badInput, "The capture is nested too deep to be written again.")
            }
        }
    }

    /// The body of one attempt.
    func body(id: String, attempt: Int, unixSeconds: Int) throws(CommandError) -> [UInt8] {
        try make(id, attempt, unixSeconds)
    }

    private static func text(_ unixSeconds: Int) -> String {
        Date(timeIntervalSince1970: Double(unixSeconds)).formatted(Date.ISO8601FormatStyle())
    }
}
