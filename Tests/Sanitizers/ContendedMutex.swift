import Glibc
import Synchronization

/// Whether the thread sanitizer sees what it should: `mutex` has no race, and `race` has one.
///
/// `scripts/sanitize.sh` runs both before the tests. Were the first reported, the tests' reports would mean
/// nothing, and were the second not, their silence.
@main enum ContendedMutex {
    static let guarded = Mutex(0)
    nonisolated(unsafe) static var unguarded = 0

    static func main() async {
        let isRace = CommandLine.arguments.last == "race"
        await withTaskGroup { group in
            for _ in 0..<2 {
                group.addTask { isRace ? race() : contend() }
            }
        }
    }

    /// Holds the mutex long enough for the other task to wait for it, again and again.
    static func contend() {
        for _ in 0..<50 {
            guarded.withLock { value in
                value += 1
                usleep(1_000)
            }
        }
    }

    static func race() {
        for _ in 0..<1_000 {
            unsafe unguarded += 1
            usleep(10)
        }
    }
}
