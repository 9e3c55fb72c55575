import Foundation

/// The time that one contender took for one verification, averaged over a short while.
struct Sample {
    let size: Int
    let round: String
    let name: String
    let nanoseconds: Double

    /// The text in one line, which ``init(line:)`` reads.
    var line: String { "\(size)\t\(round)\t\(name)\t\(nanoseconds)" }
}

extension Sample {
    init?(line: String) {
        let fields = line.split(separator: "\t").map(String.init)
        guard fields.count == 4, let size = Int(fields[0]), let nanoseconds = Double(fields[3]) else {
            return nil
        }
        self.init(size: size, round: fields[1], name: fields[2], nanoseconds: nanoseconds)
    }
}

/// Measures the contenders in turns, so that whatever slows the machine down slows all of them.
enum Sampling {
    /// How often each contender has its turn in one process.
    static let turns = 7
    /// How long a turn takes, roughly.
    static let turnSeconds = 0.01

    /// Prints the samples of one round.
    static func run(round: String) throws {
        for size in Message.sizes {
            let contenders = try Contest(size: size).contenders
            let repetitions = contenders.map(repetitions)
            for turn in 0..<turns {
                // Another one begins each time: nobody is always measured next to the same neighbour.
                for offset in contenders.indices {
                    let index = (turn + offset) % contenders.count
                    let seconds = time(contenders[index], repetitions: repetitions[index])
                    let sample = Sample(
                        size: size, round: "\(round).\(turn)", name: contenders[index].name,
                        nanoseconds: seconds * 1e9 / Double(repetitions[index]))
                    print(sample.line)
                }
            }
        }
    }

    /// As many repetitions as fill a turn; finding out also warms up.
    private static func repetitions(_ contender: Contender) -> Int {
        var repetitions = 1
        while true {
            let seconds = time(contender, repetitions: repetitions)
            if seconds > turnSeconds / 4 {
                return max(1, Int(Double(repetitions) * turnSeconds / seconds))
            }
            repetitions *= 2
        }
    }

    private static func time(_ contender: Contender, repetitions: Int) -> Double {
        let duration = ContinuousClock().measure {
            for _ in 0..<repetitions {
                guard contender.verify() else { fatalError("\(contender.name) does not verify.") }
            }
        }
        return duration / .seconds(1)
    }
}
