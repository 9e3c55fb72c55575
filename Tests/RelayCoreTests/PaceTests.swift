import AdapterKit
import RelayCore
import Testing

@Suite struct `Retry policy` {
    let policy = RetryPolicy()

    @Test func `the wait is random between a tenth of a second and a bound that doubles up to 5 min`() {
        var random = SeededRandom(seed: 1)
        for attempts in 1...30 {
            let bound = min(1_000 << (attempts - 1), 300_000)
            for _ in 0..<200 {
                let wait = policy.waitMilliseconds(
                    attempts: attempts, triedMilliseconds: 0, askedMilliseconds: 0, random: random.next())
                #expect((100...max(bound, 100)).contains(wait ?? -1))
            }
        }
    }

    @Test func `Retry-After is honoured in full, in both forms`() {
        for retryAfter in [RetryAfter.seconds(120), .unixTime(1_000_120)] {
            let asked = policy.askedMilliseconds(retryAfter, at: 1_000_000_000)
            #expect(asked == 120_000)
            for random in [0, UInt64.max, 12_345] {
                let wait = policy.waitMilliseconds(
                    attempts: 1, triedMilliseconds: 0, askedMilliseconds: asked, random: random)
                #expect((120_000...121_000).contains(wait ?? 0))
            }
        }
    }

    @Test func `a date is read by the wall clock, which may be before 1970`() {
        #expect(policy.askedMilliseconds(.unixTime(0), at: -1_500) == 2_000)
        #expect(policy.askedMilliseconds(.unixTime(0), at: 1_500) == 0)
    }

    @Test func `a job is given up after 24 hours of trying`() {
        let day = 86_400_000
        let wait = { (tried: Int) in
            policy.waitMilliseconds(
                attempts: 50, triedMilliseconds: tried, askedMilliseconds: 0, random: 0)
        }
        #expect(wait(day - 1) != nil)
        #expect(wait(day) == nil)
    }

    @Test func `an absurd Retry-After neither kills an alarm nor mutes it for longer than an hour`() {
        for retryAfter in [RetryAfter.seconds(100_000), .seconds(.max), .unixTime(.max)] {
            #expect(policy.askedMilliseconds(retryAfter, at: 0) == 3_600_000)
        }
    }

    @Test(arguments: [RetryAfter.seconds(.max), .unixTime(.max), .seconds(.min), .unixTime(.min)])
    func `no Retry-After overflows`(_ retryAfter: RetryAfter) {
        _ = policy.waitMilliseconds(
            attempts: .max, triedMilliseconds: 0,
            askedMilliseconds: policy.askedMilliseconds(retryAfter, at: 0), random: .max)
    }
}

@Suite struct `Token bucket` {
    @Test func `no window of 60 s sees more than 120, and a long run comes near it`() {
        var bucket = TokenBucket(RateLimit(requestsMax: 120, windowSeconds: 60), at: 0)
        var taken: [Int] = []
        for now in stride(from: 0, to: 600_000, by: 10) {
            while bucket.available(at: now) > 0 {
                bucket.spendToken(at: now)
                taken.append(now)
            }
        }
        for start in taken {
            #expect(taken.count { $0 >= start && $0 < start + 60_000 } <= 120)
        }
        #expect(taken.count > 900)
    }

    @Test func `it says when the next token is there, and a clock that steps back breaks nothing`() {
        var bucket = TokenBucket(RateLimit(requestsMax: 1, windowSeconds: 10), at: 100_000)
        bucket.spendToken(at: 100_000)
        let next = bucket.nextToken(at: 100_000).milliseconds
        #expect(bucket.available(at: next - 1) == 0)
        #expect(bucket.available(at: next) == 1)
        #expect(bucket.available(at: 0) == 1)
    }
}

@Suite struct `Circuit breaker` {
    /// A breaker in which so many lanes have failed at 0.
    static func failed(lanes: Int) -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for lane in 0..<lanes { breaker.failed(lane: "\(lane)", at: 0) }
        return breaker
    }

    @Test func `opens after five lanes fail, tries one request, and closes on an answer`() {
        var breaker = Self.failed(lanes: 4)
        #expect(breaker.allowance(at: 0) == .all)
        breaker.failed(lane: "4", at: 0)
        #expect(breaker.allowance(at: 999) == .none)
        #expect(breaker.allowance(at: 1_000) == .trial)
        breaker.started()
        #expect(breaker.allowance(at: 5_000) == .none)
        breaker.failed(lane: "4", at: 5_000)
        #expect(breaker.nextTrial == 7_000)
        breaker.started()
        breaker.answered()
        #expect(breaker.allowance(at: 7_000) == .all)
    }

    @Test func `a lane that fails alone says nothing of the vendor`() {
        var breaker = CircuitBreaker()
        for _ in 0..<100 { breaker.failed(lane: "one", at: 0) }
        #expect(!breaker.isOpen)
    }

    @Test func `an answer in between starts the count anew`() {
        var breaker = CircuitBreaker()
        for _ in 0..<100 {
            for lane in 0..<4 { breaker.failed(lane: "\(lane)", at: 0) }
            breaker.answered()
        }
        #expect(!breaker.isOpen)
    }

    @Test func `the pause never exceeds 30 s, and that of a fresh open 5 s`() {
        var breaker = Self.failed(lanes: 5)
        for _ in 0..<20 {
            breaker.started()
            breaker.failed(lane: "0", at: 0)
        }
        #expect(breaker.nextTrial == 30_000)
        #expect(breaker.allowance(at: 4_999) == .none)
        #expect(breaker.allowance(at: 5_000) == .freshOpen)
    }
}

@Suite struct `Reserved pace` {
    @Test func `each takes its place in the pace, and what was not used is forgotten`() {
        var bucket = TokenBucket(RateLimit(requestsMax: 4, windowSeconds: 4), at: SteadyTime(milliseconds: 0))
        #expect((1...4).map { _ in bucket.reserveToken(at: 0) } == [0, 1_334, 2_667, 4_000])
        #expect(!bucket.isFull(at: 3_999))
        #expect(bucket.isFull(at: 10_000))
        #expect(bucket.reserveToken(at: 10_000) == 0)
    }
}

@Suite struct `Patterns and routes` {
    static let rows: [(pattern: String, text: String, matches: Bool)] = [
        ("*", "", true), ("*", "anything", true), ("alarm_*", "alarm_opened", true),
        ("alarm_*", "alarm_", true),
        ("alarm_*", "alarm", false), ("*_opened", "alarm_opened", true), ("a*c*e", "abcde", true),
        ("a*c*e", "ace", true), ("a*c*e", "aec", false), ("abc", "abc", true), ("abc", "abcd", false),
        ("", "", true), ("", "x", false), ("a*a", "a", false), ("**", "x", true), ("*b*", "abc", true),
        ("ü*", "über", true), ("[a]", "a", false), ("a.c", "abc", false),
    ]

    @Test(arguments: rows) func `a star stands for any run of characters`(
        _ row: (pattern: String, text: String, matches: Bool)
    ) {
        #expect(GlobPattern(row.pattern).matches(row.text) == row.matches)
    }
}
