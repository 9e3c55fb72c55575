/// Holds a receiver's claims: on one key or two, renewed while a handler runs.
struct ClaimKeeper: Sendable {
    let ledger: any DeliveryLedger
    let leaseSeconds: Int
    let sleep: @Sendable (Duration) async throws -> Void

    enum Claim {
        case fresh([ClaimTicket])
        case inFlight
        case done
    }

    /// Claims all `keys` or none.
    ///
    /// One after the other, always in the same order. Should another key of the delivery be taken, the first
    /// is given up again; when two race like that, both senders may be asked to retry, and neither delivery
    /// is lost.
    func claim(
        _ keys: [DeliveryKey], _ report: RequestReporter
    ) async throws(StoreError) -> Claim {
        var tickets: [ClaimTicket] = []
        for key in keys {
            let claim: DeliveryClaim
            do throws(StoreError) {
                claim = try await ledger.claim(key, leaseSeconds: leaseSeconds)
            } catch {
                await release(tickets, deliveryID: nil, report)
                throw error
            }
            guard case .fresh(let ticket) = claim else {
                await release(tickets, deliveryID: nil, report)
                return claim == .done ? .done : .inFlight
            }
            tickets.append(ticket)
        }
        return .fresh(tickets)
    }

    /// Runs `body` and renews the claims meanwhile, three times in a lease so that one failure does no harm.
    func whileRenewing(
        _ tickets: [ClaimTicket], deliveryID: String?, _ report: RequestReporter,
        _ body: @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(name: "lease renewal") {
                await renewUntilCancelled(tickets, deliveryID, report)
            }
            defer { group.cancelAll() }
            try await body()
        }
    }

    private func renewUntilCancelled(
        _ tickets: [ClaimTicket], _ deliveryID: String?, _ report: RequestReporter
    ) async {
        while true {
            do { try await sleep(.milliseconds(leaseSeconds * 1_000 / 3)) } catch { return }
            for ticket in tickets {
                do throws(StoreError) {
                    guard try await ledger.renew(ticket, leaseSeconds: leaseSeconds) else {
                        return report(.leaseLost(deliveryID: deliveryID))
                    }
                } catch { report(.ledgerFailed(deliveryID: deliveryID, error)) }
            }
        }
    }

    /// Commits what was handled.
    ///
    /// - Returns: What could not be committed. It is handled all the same: the sender must not be asked for
    ///   it again.
    func commit(_ tickets: [ClaimTicket]) async -> (left: [ClaimTicket], error: StoreError?) {
        var (left, failure) = ([ClaimTicket](), StoreError?.none)
        for ticket in tickets {
            do throws(StoreError) { try await ledger.commit(ticket) } catch {
                left.append(ticket)
                failure = failure ?? error
            }
        }
        return (left, failure)
    }

    /// The longest pause between two attempts to commit: a third of the time for which others find it leased.
    var commitPauseMax: Duration { .milliseconds(leaseSeconds * 1_000 / 3) }

    /// When this fails, the lease gives the claims up in its time.
    func release(_ tickets: [ClaimTicket], deliveryID: String?, _ report: RequestReporter) async {
        for ticket in tickets {
            do throws(StoreError) { try await ledger.release(ticket) } catch {
                report(.ledgerFailed(deliveryID: deliveryID, error))
            }
        }
    }
}
