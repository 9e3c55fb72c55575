internal import FoundationEssentials

/// What can be fuzzed.
enum FuzzTarget: String, CaseIterable {
    case header
    case envelope
    case capture
    case configuration
    case message
    case canary

    /// What the environment asks for.
    static let chosen = ProcessInfo.processInfo.environment["FUZZ_TARGET"].flatMap(FuzzTarget.init)

    /// Traps when something does not hold for `input` that must hold for every input.
    func check(_ input: [UInt8]) {
        switch self {
        case .header: HeaderTarget.check(input)
        case .envelope: EnvelopeTarget.check(input)
        case .capture: CaptureTarget.check(input)
        case .configuration: ConfigurationTarget.check(input)
        case .message: MessageTarget.check(input)
        case .canary: CanaryTarget.check(input)
        }
    }
}

/// Ends the program, which libFuzzer takes for a finding, unless `holds`.
func claim(_ holds: Bool, _ message: @autoclosure () -> String) {
    // Not a precondition, whose message an optimised build leaves out.
    if !holds { fatalError("does not hold: \(message())") }
}

/// What `make` makes; for what cannot fail, or nothing can be fuzzed.
func made<Value>(_ make: () throws -> Value) -> Value {
    do { return try make() } catch { fatalError("cannot be made: \(error)") }
}
