#ifndef CSQLITE_H
#define CSQLITE_H

#include <sqlite3.h>

// Writes the database file itself (not the write-ahead log) to the disk, through the file that SQLite has open.
static inline int csqlite_synchronize(sqlite3 *database) {
    sqlite3_file *file = 0;
    int code = sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK) return code;
    if (!file || !file->pMethods) return SQLITE_IOERR;
    return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
}

// Whether the file that is open is no longer the one of that name.
static inline int csqlite_has_moved(sqlite3 *database) {
    int moved = 0;
    int code = sqlite3_file_control(database, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return code == SQLITE_OK && moved;
}

#endif
