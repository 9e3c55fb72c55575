/// The one place where the library starts an unstructured task.
///
/// A handler must outlive the request that brought its delivery: the sender hangs up after 5 s, and
/// frameworks cancel the request's task then. ``WebhookReceiver/stop()`` waits for all of them. Priority and
/// task-local values of the request go along.
enum BackgroundTask {
    @discardableResult static func start(
        _ name: String, _ body: @escaping @Sendable () async -> Void
    ) -> Task<Void, Never> {
        Task(name: name) { await body() }
    }
}
