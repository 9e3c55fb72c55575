/// Work that the end of the relay does not wait for, as a call of the system may hold it up for ever.
enum UnawaitedTask {
    static func start(_ name: String, _ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(name: name) { await body() }
    }
}
