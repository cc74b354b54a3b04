import HTTPWire
import Transport

/// A socket to a peer that speaks HTTP/1.1, and what was received from it and not consumed yet.
///
/// Bytes are read into the buffer that the lane's channels share. Only what cannot be consumed at once moves into a
/// buffer of the connection's own, so an idle connection holds none.
class PeerConnection: Channel {
    private var kept: ByteBuffer?
    /// The lane's.
    private let receiveBuffer: ByteBuffer

    override init(lane: Lane, socket: consuming Socket, connecting: Bool = false) {
        receiveBuffer = lane.receiveBuffer
        super.init(lane: lane, socket: socket, connecting: connecting)
    }

    /// What was received and not consumed. Stays valid until `keepInput`.
    final var input: ByteBuffer { kept ?? receiveBuffer }

    /// Something was received and not consumed.
    final var hasInput: Bool { kept.map { !$0.isEmpty } ?? !receiveBuffer.isEmpty }

    /// Nothing is kept from before.
    final var hasKeptInput: Bool { kept != nil }

    /// Reads once, behind what is there already.
    final func receive() -> ReadOutcome {
        let buffer = input
        // What a full buffer holds may be consumed in part: without its room the read would come to nothing, and the
        // edge that announced the bytes is gone.
        if kept != nil || buffer.room == 0 { buffer.compact() }
        return read(into: buffer)
    }

    /// Leaves the lane's shared buffer empty: what was not consumed moves into a buffer of this connection.
    ///
    /// To be called before control goes back to the lane, or to another connection that may read.
    final func keepInput() {
        if let buffer = kept {
            guard buffer.isEmpty else { return }
            kept = nil
            lane.returnBuffer(buffer)
        } else if !receiveBuffer.isEmpty {
            let received = receiveBuffer
            let buffer = lane.borrowBuffer()
            buffer.append(received.span)
            received.removeAll()
            kept = buffer
        }
    }

    /// Forgets what was received.
    final func dropInput() {
        input.removeAll()
        keepInput()
    }
}
