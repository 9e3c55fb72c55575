import Foundation

/// How long something may take that is going to happen.
enum Patience {
    /// Far more than it takes on a slow machine.
    static let seconds = 30
    /// How often it is looked at.
    static let lookMilliseconds = 20
    /// How often it is looked at before it is given up, at least.
    static let looksMin = 50
}

/// A condition that did not come true in time.
struct NeverCame: Error, CustomStringConvertible {
    let description: String
}

/// Looks again and again until `look` has something.
///
/// It gives up when the time is over. Where the time is no promise, it must have looked often enough, too: a
/// hundred programs that run beside it can leave seconds between two looks, and some conditions take several.
///
/// - Parameter seconds: The time that is promised; nil where none is.
/// - Throws: ``NeverCame`` with `what`, a sentence that did not come true in time.
@discardableResult func eventually<Value>(
    _ what: @autoclosure () -> String, withinSeconds seconds: Int? = nil,
    _ look: () throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(seconds ?? Patience.seconds)
    let looksMin = seconds == nil ? Patience.looksMin : 1
    var looks = 0
    while true {
        if let value = try look() { return value }
        looks += 1
        guard clock.now < deadline || looks < looksMin else {
            throw NeverCame(description: "Not within \(seconds ?? Patience.seconds) s: \(what())")
        }
        try await Task.sleep(for: .milliseconds(Patience.lookMilliseconds))
    }
}

/// Whole seconds since 1970-01-01T00:00:00Z.
func unixSeconds() -> Int { Int(Date().timeIntervalSince1970) }
