import Glibc

/// What the process uses of the machine, as proc(5) and getrusage(2) tell.
struct ProcessUse: Sendable {
    var processorMicroseconds: UInt64 = 0
    var residentBytes: UInt64 = 0
    var openFiles = 0
    var fileLimit: UInt64 = 0

    static var now: ProcessUse {
        var use = ProcessUse()
        var usage = rusage()
        if unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            for time in [usage.ru_utime, usage.ru_stime] {
                use.processorMicroseconds += UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_usec)
            }
        }
        use.residentBytes = residentPages * UInt64(max(sysconf(Int32(_SC_PAGESIZE)), 0))
        use.openFiles = openFileCount
        var limit = rlimit()
        if unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 { use.fileLimit = UInt64(limit.rlim_cur) }
        return use
    }

    /// The second number of `/proc/self/statm`.
    private static var residentPages: UInt64 {
        let file = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 128)
        // Safe: the call writes at most `count` bytes of the array, during the call alone.
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
        let numbers = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(separator: " ")
        return numbers.count > 1 ? UInt64(numbers[1]) ?? 0 : 0
    }

    private static var openFileCount: Int {
        // Safe: the directory is read and closed here, and nothing of it is kept.
        guard let directory = unsafe opendir("/proc/self/fd") else { return 0 }
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        // Not itself, nor the two entries that every directory has.
        return max(0, count - 3)
    }
}
