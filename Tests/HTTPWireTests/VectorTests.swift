import HTTPWire
import Testing

let refusedRequests = Vector.load(
    "request-line-refused", "request-fields-refused", "request-host-refused", "request-framing-refused")
let refusedRequestBodies = Vector.load("request-body-refused")
let acceptedRequests = Vector.load("request-accepted", "request-accepted-fields", "request-accepted-bodies")
let refusedResponses = Vector.load("response-refused", "response-body-refused")
let acceptedResponses = Vector.load("response-accepted")

@Suite("Vectors: each whole, byte by byte, and cut at every position")
struct VectorTests {
    @Test("there are enough, and more are refused than accepted")
    func counts() {
        let refused = refusedRequests.count + refusedRequestBodies.count
        #expect(refused + acceptedRequests.count >= 200)
        #expect(refused > acceptedRequests.count)
        #expect(refusedResponses.count + acceptedResponses.count >= 80)
        #expect(refusedResponses.count > acceptedResponses.count)
    }

    @Test("requests", arguments: refusedRequests + refusedRequestBodies + acceptedRequests)
    func requests(_ vector: Vector) {
        check(vector, Outcome.ofRequest)
    }

    @Test("responses", arguments: refusedResponses + acceptedResponses)
    func responses(_ vector: Vector) {
        check(vector, Outcome.ofResponse)
    }

    @Test("a refused head says so, an accepted one does not")
    func kinds() {
        for vector in refusedRequests {
            #expect(vector.expectations[0].hasPrefix("refused "), "\(vector.name)")
        }
        for vector in refusedRequestBodies {
            #expect(vector.expectations.contains { $0.hasPrefix("body-refused ") }, "\(vector.name)")
        }
        for vector in acceptedRequests + acceptedResponses {
            #expect(["accepted", "incomplete"].contains(vector.expectations[0]), "\(vector.name)")
        }
    }

    private func check(_ vector: Vector, _ outcome: (Vector, [Int]) -> Outcome) {
        let count = vector.bytes.count
        let whole = outcome(vector, [count])
        #expect(whole.missing(vector.expectations) == [], "\(whole.facts)")
        let bytewise = outcome(vector, Array(0...count))
        #expect(bytewise == whole, "byte by byte")
        for cut in 0...count {
            let split = outcome(vector, [cut, count])
            if split != whole {
                Issue.record("cut at \(cut): \(split.facts) instead of \(whole.facts)")
                return
            }
        }
    }
}
