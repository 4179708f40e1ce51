#include "agent/inventory.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "sys/file/file.h"

namespace verge::agent {
namespace {

constexpr size_t kMaxProcBytes = size_t{4} << 20;

std::string ReadOrEmpty(const char* path) {
  Result<std::string> text = sys::ReadFile(path, kMaxProcBytes);
  return text.ok() ? std::move(text).value() : std::string();
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

// The value behind the first "key<blanks><separator>" at the start of a line.
std::string_view ValueOf(std::string_view text, std::string_view key, char separator) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const size_t at = line.find(separator);
    if (at != std::string_view::npos && Trim(line.substr(0, at)) == key) return Trim(line.substr(at + 1));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return {};
}

std::string Shorten(std::string_view text) {
  std::string out(text.substr(0, 200));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  }
  return out;
}

}  // namespace

std::string CpuModel(std::string_view cpuinfo) {
  for (const char* key : {"model name", "Model", "Hardware", "CPU implementer"}) {
    const std::string_view value = ValueOf(cpuinfo, key, ':');
    if (!value.empty()) return Shorten(value);
  }
  return "";
}

std::vector<std::string> CpuFlags(std::string_view cpuinfo) {
  // As the kernel spells them on x86 ("flags") and ARM ("Features").
  static constexpr std::array<const char*, 11> kInteresting = {
      "sse4_2", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512_vnni", "asimd", "asimddp", "i8mm", "neon"};
  std::string_view flags = ValueOf(cpuinfo, "flags", ':');
  if (flags.empty()) flags = ValueOf(cpuinfo, "Features", ':');
  const std::string padded = " " + std::string(flags) + " ";
  std::vector<std::string> out;
  for (const char* name : kInteresting) {
    if (padded.find(" " + std::string(name) + " ") != std::string::npos) out.emplace_back(name);
  }
  return out;
}

int64_t MemoryBytes(std::string_view meminfo) {
  const std::string_view value = ValueOf(meminfo, "MemTotal", ':');
  int64_t kib = 0;
  std::from_chars(value.data(), value.data() + value.size(), kib);
  return kib * 1024;
}

std::string OsName(std::string_view os_release) {
  std::string_view value = ValueOf(os_release, "PRETTY_NAME", '=');
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  return Shorten(value);
}

proto::Inventory ReadInventory() {
  const std::string cpuinfo = ReadOrEmpty("/proc/cpuinfo");
  return {CpuModel(cpuinfo), CpuFlags(cpuinfo), std::max<int64_t>(0, sysconf(_SC_NPROCESSORS_ONLN)),
          MemoryBytes(ReadOrEmpty("/proc/meminfo")), OsName(ReadOrEmpty("/etc/os-release"))};
}

std::string BootId() { return Shorten(Trim(ReadOrEmpty("/proc/sys/kernel/random/boot_id"))); }

}  // namespace verge::agent
