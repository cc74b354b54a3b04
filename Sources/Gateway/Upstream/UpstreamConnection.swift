import AccessControl
import HTTPWire
import Transport

/// The right to use one connection to the appliance for one exchange.
struct UpstreamLease: ~Copyable {
    let connection: UpstreamConnection
    private let clearance: Clearance

    init(_ connection: UpstreamConnection, _ clearance: consuming Clearance) {
        self.connection = connection
        self.clearance = clearance
    }

    /// Gives the connection up and the clearance back, for another attempt at the same exchange.
    consuming func surrender() -> Clearance { clearance }
}

/// A connection to the appliance. It knows when it may be used; what goes over it is the exchange's business.
final class UpstreamConnection: PeerConnection {
    private enum State {
        /// Until the socket is connected.
        case connecting
        case idle
        /// An exchange has it.
        case leased
    }

    private unowned let pool: UpstreamPool
    private var state = State.connecting
    /// Who has it, or who asked for it to be made; nobody for a probe.
    private var exchange: Exchange?
    /// Which of the appliance's addresses it leads to.
    let place: Int
    /// Answers received over it. One that is not the first may meet an appliance that has just closed it.
    private var exchangeCount = 0
    var parser: ResponseParser

    init(
        pool: UpstreamPool, lane: Lane, socket: consuming Socket, place: Int, limits: HTTPLimits, for exchange: Exchange?
    ) {
        self.pool = pool
        self.place = place
        self.exchange = exchange
        parser = ResponseParser(limits: limits)
        super.init(lane: lane, socket: socket, connecting: true)
    }

    var isReused: Bool { exchangeCount > 0 }

    override func connected() {
        pool.connected(self)
        guard let exchange, grant(to: exchange) else {
            // Nobody wanted it, or whoever did is gone; the next one may have it.
            state = .leased
            return pool.giveBack(self)
        }
    }

    /// Gives the connection to an exchange; false when that does not wait any more.
    func grant(to exchange: Exchange) -> Bool {
        guard let clearance = exchange.takeClearance() else { return false }
        setDeadline(after: 0)
        state = .leased
        self.exchange = exchange
        exchange.leased(UpstreamLease(self, clearance))
        return true
    }

    /// The exchange is done with it.
    func becomeIdle(timeout: UInt64) {
        exchange = nil
        state = .idle
        exchangeCount += 1
        parser.reset()
        setDeadline(after: timeout)
    }

    /// The exchange will have nothing more of it.
    func abandon() {
        exchange = nil
        close()
    }

    override func ready() {
        switch state {
        case .connecting: break
        // Nothing may come unasked: not bytes, which could be taken for the next answer, and not the end. What TLS
        // sends for itself, such as tickets, is no bytes.
        case .idle:
            guard isReadable, receive() != .wouldBlock else { break }
            dropInput()
            close()
        case .leased: exchange?.upstreamReady()
        }
    }

    override func handshakeFailed() {
        let exchange = self.exchange
        let failure = tlsFailure.map { UpstreamFailure.notSecured($0) } ?? .unreachable
        abandon()
        pool.couldNotConnect(self, for: exchange, failure)
    }

    override func failed(errno code: Int32) {
        let exchange = self.exchange
        let wasConnecting = state == .connecting
        abandon()
        if wasConnecting {
            pool.couldNotConnect(self, for: exchange, .unreachable)
        } else {
            exchange?.upstreamFailed(.closed)
        }
    }

    override func deadlinePassed() {
        switch state {
        case .connecting:
            let exchange = self.exchange
            abandon()
            pool.gaveNoAnswer(self)
            exchange?.upstreamFailed(.connectTimeout)
        case .idle: close()
        case .leased: exchange?.upstreamDeadlinePassed()
        }
    }

    override func closed() {
        dropInput()
        pool.connectionClosed(self)
    }
}
