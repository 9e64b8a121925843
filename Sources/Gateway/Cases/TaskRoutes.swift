import Cases
import Clinic
import HTTPServer
import HTTPTypes
import ServiceAPI

/// Coordinators only.
func taskRoutes(_ tasks: Worklist) -> [Endpoint] {
    let state = Query<TaskState>("state", "Open tasks, or done ones", default: .open)
    let kind = Query<TaskKind>("kind", "Tasks of one kind")
    return [
        .read(
            .get, "/v1/tasks", .tasks, "The worklist, the most urgent first", access: .roles([.coordinator]),
            parameters: Page.parameters + [.query(state), .query(kind)],
            returns: .ok(
                "A page of tasks", example: TaskList.example, headers: Page.headers),
            audits: .nothing(because: "a task holds kinds, ids and instants, and nothing clinical")
        ) { call in
            let page = try call.page
            let list = try await tasks.list(
                state: call.required(state), kind: call.query(kind), limit: page.limit,
                after: page.after(as: TaskID.self), in: call.tx)
            call.link(next: list.next)
            return list
        },
        .write(
            .post, "/v1/tasks/{id}/done", .tasks, "Mark a task as done",
            details: """
                `complete_case` makes the case `ready` for matching, and is refused while a record is asked for or a \
                consent is missing. `chase_record` is done by itself when the record is received or waived, and \
                `answer_message` when a coordinator, or a specialist who reads the message, writes in its thread. Doing a task again changes \
                nothing.
                """,
            access: .roles([.coordinator]), returns: .ok("The task", example: CaseTask.done),
            refusals: [.notFound, .wrongState, .notYourPart, .recordsMissing, .consentMissing, .recordStillAsked],
            replays: .nothing(because: "a task holds kinds, ids and instants, and nothing clinical")
        ) { call in
            try await tasks.done(call.id("id", as: TaskID.self), by: call.caller, in: call.tx)
        },
    ]
}

extension TaskState: ParameterValue {}
extension TaskKind: ParameterValue {}
