import CFloor

/// How often each contender asks the heap for memory, for one verification.
struct Allocations {
    /// By name, at each size.
    let verifying: [Int: [String: Double]]
    /// The library's refusals, by reason.
    let refusing: [(reason: String, count: Double)]

    private static let repetitions = 1_000

    /// Counts them in this process.
    static func measured() throws -> Allocations {
        checkTheCounter()
        var verifying: [Int: [String: Double]] = [:]
        var refusing: [(reason: String, count: Double)] = []
        for size in Message.sizes {
            let contest = try Contest(size: size)
            for contender in contest.contenders {
                verifying[size, default: [:]][contender.name] = count(contender)
            }
            refusing = contest.refusals.map { ($0.name, count($0)) }
        }
        return Allocations(verifying: verifying, refusing: refusing)
    }

    private static func count(_ contender: Contender) -> Double {
        // The first time fills caches, which is not what a verification costs.
        guard contender.verify() else { fatalError("\(contender.name) does not hold.") }
        let before = heap_allocations()
        for _ in 0..<repetitions {
            guard contender.verify() else { fatalError("\(contender.name) does not hold.") }
        }
        return Double(heap_allocations() - before) / Double(repetitions)
    }

    /// A counter that sees nothing would praise everybody.
    private static func checkTheCounter() {
        let before = heap_allocations()
        var kept: [[UInt8]] = []
        for size in 1_000..<1_100 { kept.append(Array(repeating: UInt8(size & 255), count: size)) }
        let counted = heap_allocations() - before
        guard kept.count == 100, counted >= 100 else { fatalError("The heap's counter does not count.") }
    }
}
