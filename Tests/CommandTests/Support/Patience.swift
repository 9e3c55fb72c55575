import Foundation

/// How long something may take that is going to happen.
enum Patience {
    /// Far more than it takes on a slow machine.
    static let seconds = 30
    /// How often it is looked at.
    static let lookMilliseconds = 20
}

/// A condition that did not come true in time.
struct NeverCame: Error, CustomStringConvertible {
    let description: String
}

/// Looks again and again until `look` has something.
///
/// - Throws: ``NeverCame`` with `what`, a sentence that did not come true in time.
@discardableResult func eventually<Value>(
    _ what: @autoclosure () -> String, withinSeconds seconds: Int = Patience.seconds,
    _ look: () throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(seconds)
    while true {
        if let value = try look() { return value }
        guard clock.now < deadline else { throw NeverCame(description: "Not within \(seconds) s: \(what())") }
        try await Task.sleep(for: .milliseconds(Patience.lookMilliseconds))
    }
}

/// Whole seconds since 1970-01-01T00:00:00Z.
func unixSeconds() -> Int { Int(Date().timeIntervalSince1970) }
