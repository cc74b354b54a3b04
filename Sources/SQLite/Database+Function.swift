import CSQLite

/// What a function of `Database.define` gives.
package enum FunctionValue {
    case null
    case integer(Int64)
    /// These bytes of the first argument, as text.
    case text(Range<Int>)
}

extension Database {
    /// Defines a function for the SQL of this connection. It takes bytes and a number, and gives the same for the same.
    package func define(_ name: String, _ body: @escaping (Span<UInt8>, Int) -> FunctionValue) throws(DatabaseError) {
        let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
        // Balanced by SQLite, which calls the last function when the connection closes, or at once on failure.
        let function = unsafe Unmanaged.passRetained(DefinedFunction(body)).toOpaque()
        let code = unsafe sqlite3_create_function_v2(
            handle, name, 2, flags, function,
            { context, _, arguments in
                guard let own = unsafe sqlite3_user_data(context), let arguments = unsafe arguments else { return }
                unsafe Unmanaged<DefinedFunction>.fromOpaque(own).takeUnretainedValue().call(context, arguments)
            }, nil, nil,
            { own in
                if let own = unsafe own { unsafe Unmanaged<DefinedFunction>.fromOpaque(own).release() }
            })
        guard code == SQLITE_OK else { throw failure(code) }
    }
}

/// Holds a function for SQLite.
private final class DefinedFunction {
    private let body: (Span<UInt8>, Int) -> FunctionValue

    init(_ body: @escaping (Span<UInt8>, Int) -> FunctionValue) { self.body = body }

    /// Safe: SQLite passes two arguments, as many as were announced, which stay where they are during the call.
    @unsafe func call(_ context: OpaquePointer?, _ arguments: UnsafeMutablePointer<OpaquePointer?>) {
        let start = unsafe sqlite3_value_blob(arguments[0])
        let count = unsafe start == nil ? 0 : Int(sqlite3_value_bytes(arguments[0]))
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
        switch unsafe body(Span<UInt8>(_unsafeBytes: bytes), Int(sqlite3_value_int64(arguments[1]))) {
        case .null: unsafe sqlite3_result_null(context)
        case .integer(let value): unsafe sqlite3_result_int64(context, value)
        case .text(let range):
            guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= count, let start = unsafe start else {
                return unsafe sqlite3_result_text(context, "", 0, nil)
            }
            let text = unsafe (start + range.lowerBound).assumingMemoryBound(to: CChar.self)
            unsafe sqlite3_result_text(context, text, Int32(range.count), Statement.transient)
        }
    }
}
