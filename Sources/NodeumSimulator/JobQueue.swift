/// How a job ends.
enum JobOutcome {
    case completed(JSONValue)
    case file(type: String, name: String, bytes: [UInt8])
    case failed
}

/// Jobs that go one step with each poll: queued, working, then completed or failed for good.
struct JobQueue {
    private struct Job {
        let id: String
        let action: String
        let total: Int
        let outcome: JobOutcome
        var polls = 0
    }

    private var jobs: [Job] = []
    private var started = 0

    /// The status that the request that started the job answers with.
    mutating func start(_ action: String, total: Int, outcome: JobOutcome, limit: Int) -> JSONValue {
        started += 1
        let number = String(started, radix: 16)
        let id = "6f4d759d-48e9-43c8-ab24-" + String(repeating: "0", count: max(0, 12 - number.count)) + number
        if jobs.count >= max(1, limit) { jobs.removeFirst() }
        let job = Job(id: id, action: action, total: total, outcome: outcome)
        jobs.append(job)
        return Self.status(job, "queued", progress: 0)
    }

    /// Nil when there is no such job of that action. The first poll finds it queued, then it works `total - 1` polls.
    mutating func poll(_ id: String, of action: String) -> Answer? {
        guard let place = jobs.firstIndex(where: { $0.id.isSame(as: id) && $0.action == action }) else { return nil }
        let job = jobs[place]
        jobs[place].polls = min(job.polls + 1, job.total)
        if job.polls == 0 { return .json(202, Self.status(job, "queued", progress: 0)) }
        if job.polls < job.total { return .json(202, Self.status(job, "working", progress: job.polls)) }
        switch job.outcome {
        case .completed(let value): return .json(200, value)
        case .file(let type, let name, let bytes): return .file(type: type, name: name, bytes: bytes)
        case .failed: return .json(202, Self.status(job, "failed", progress: job.total - 1))
        }
    }

    private static func status(_ job: Job, _ status: String, progress: Int) -> JSONValue {
        .object([
            JSONMember("job_id", .string(job.id)), JSONMember("status", .string(status)),
            JSONMember("progress", .int(progress)), JSONMember("total", .int(job.total)),
        ])
    }
}
