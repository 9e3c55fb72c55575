import OpenSenseWebhooks
import RelayStorage
import Testing

/// What a relay does with a transaction that a shared server did not commit.
@Suite struct `A transaction that failed` {
    private static let raced = StoreError(.inUse, "A concurrent transaction was faster.")
    private static let broken = StoreError(.unreachable, "The connection broke.")

    @Test func `is run again when another was faster, at most five times in all`() {
        var attempts = TransactionAttempts()
        var count = 0
        repeat {
            attempts.begin()
            count += 1
        } while attempts.mayRepeat(after: Self.raced, hasRead: true, wasRaced: true)
        #expect(count == TransactionAttempts.countMax)
        #expect(count == 5)
    }

    @Test func `is run again once when its connection had broken while idle`() {
        var attempts = TransactionAttempts()
        attempts.begin()
        #expect(attempts.mayRepeat(after: Self.broken, hasRead: false, wasRaced: false))
        attempts.begin()
        #expect(!attempts.mayRepeat(after: Self.broken, hasRead: false, wasRaced: false))
    }

    @Test(arguments: [StoreError.Kind.unreachable, .full, .inUse, .damaged])
    func `is not run again when it may have been committed`(_ kind: StoreError.Kind) {
        var attempts = TransactionAttempts()
        attempts.begin()
        #expect(!attempts.mayRepeat(after: StoreError(kind, ""), hasRead: true, wasRaced: false))
    }
}
