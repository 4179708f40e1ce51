// The door to the file system: whole-file reads with a limit, atomic durable writes, folders, free space.
//
// Errors    every message names the path and the system's reason. kNotFound: it does not exist; kPermission;
//           kResourceExhausted: larger than the limit, or the disk is full; kUnavailable: any other failure.
// Durable   a function that says so returns after fsync of the file and of the folder that names it.
// Threads   re-entrant; two writers of one path: the last rename wins and both files were whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace verge::sys {

// The bytes of a regular file of at most `limit_bytes`.
Result<std::string> ReadFile(const std::string& path, uint64_t limit_bytes);

// Durable: writes a temporary beside `path`, syncs it, renames it over `path`, syncs the folder. A reader (and a power
// cut) sees the old bytes or the new ones. `mode` is exact, whatever the umask says.
Status WriteFileAtomic(const std::string& path, std::string_view bytes, unsigned mode = 0644);

// Creates `path` and its parents with `mode`; existing folders are left as they are.
Status MakeDirs(const std::string& path, unsigned mode = 0755);
// Removes a file or a whole folder without following links; a missing one is no error.
Status RemoveTree(const std::string& path);
Status RemoveFile(const std::string& path);
// Durable: renames within one file system and syncs both folders.
Status RenameDurable(const std::string& from, const std::string& to);
// Syncs a folder, so that names created or removed in it survive a power cut.
Status SyncDir(const std::string& path);
Status SetMode(const std::string& path, unsigned mode);

bool Exists(const std::string& path);
bool IsDirectory(const std::string& path);
Result<uint64_t> FileSize(const std::string& path);
// Names (not paths) in a folder, sorted, without "." and "..".
Result<std::vector<std::string>> ListDir(const std::string& path);
// Relative paths of all regular files below `root`, sorted bytewise, '/'-separated. Anything that is neither a folder
// nor a regular file (a link, a socket) is kInvalidArgument: a package must not reach outside itself.
Result<std::vector<std::string>> ListFilesRecursive(const std::string& root, size_t max_files);
// Bytes that an ordinary user may still write on the file system that holds `path`.
Result<uint64_t> FreeSpace(const std::string& path);

// "a/b" + "c" -> "a/b/c".
std::string JoinPath(std::string_view a, std::string_view b);
// "a/b/c" -> "a/b"; "c" -> ".".
std::string ParentPath(std::string_view path);

// kErrno as a Status about `path`: "PATH: cannot ACTION: reason". For the doors.
Status ErrnoStatus(int error, std::string_view path, std::string_view action);

}  // namespace verge::sys
