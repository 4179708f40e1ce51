// The parts of the app reader that touch the disk.
#include <filesystem>
#include <fstream>

#include "format/app/app.h"

namespace verge::app {
namespace {

namespace fs = std::filesystem;

// A regular file reached without any symbolic link below `dir`.
Status CheckFile(const fs::path& dir, const std::string& path) {
  fs::path at = dir;
  std::error_code error;
  for (const fs::path& part : fs::path(path)) {
    at /= part;
    const fs::file_status status = fs::symlink_status(at, error);
    if (status.type() == fs::file_type::symlink) {
      return VERGE_ERROR(kInvalidArgument, at.string() + ": is a symbolic link; an app folder holds plain files only");
    }
    if (error || !fs::exists(status)) return VERGE_ERROR(kNotFound, at.string() + ": no such file");
  }
  if (!fs::is_regular_file(at, error)) return VERGE_ERROR(kInvalidArgument, at.string() + ": is not a regular file");
  return Status::Ok();
}

}  // namespace

Result<std::string> ReadTextFile(const std::string& dir, const std::string& path, size_t max_bytes) {
  if (!IsSafePath(path)) return VERGE_ERROR(kInvalidArgument, "'" + path + "' is not a path inside the app folder");
  VERGE_TRY(CheckFile(dir, path));
  const fs::path full = fs::path(dir) / path;
  std::error_code error;
  const uintmax_t size = fs::file_size(full, error);
  if (error) return VERGE_ERROR(kUnavailable, full.string() + ": " + error.message());
  if (size > max_bytes) {
    return VERGE_ERROR(kResourceExhausted, full.string() + ": " + std::to_string(size) + " bytes, at most " +
                                               std::to_string(max_bytes) + " are allowed");
  }
  std::string text(static_cast<size_t>(size), '\0');
  std::ifstream in(full, std::ios::binary);
  if (!in.read(text.data(), static_cast<std::streamsize>(text.size()))) {
    return VERGE_ERROR(kUnavailable, full.string() + ": cannot be read");
  }
  return text;
}

Result<App> ReadApp(const std::string& dir) {
  VERGE_TRY_ASSIGN(const std::string text, ReadTextFile(dir, "app.yaml"));
  VERGE_TRY_ASSIGN(App app, ParseApp("app.yaml", text));
  for (const std::string& path : FilesOf(app)) {
    Status status = CheckFile(dir, path);
    if (!status.ok()) return std::move(status).WithContext("named in app.yaml");
  }
  return app;
}

}  // namespace verge::app
