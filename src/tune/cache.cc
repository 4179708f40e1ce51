#include "tune/cache.h"

#include <cctype>
#include <cstdlib>
#include <fstream>

#include "kernels/cpu.h"
#include "sys/file/file.h"

namespace verge::tune {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{16} << 20;

// Fields of the first processor in /proc/cpuinfo: names on x86, numbers on ARM.
std::string SystemName() {
  std::ifstream file("/proc/cpuinfo");
  std::string text;
  for (std::string line; std::getline(file, line) && !line.empty();) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos || colon + 2 > line.size()) continue;
    const std::string value = line.substr(colon + 2);
    const auto is = [&](const char* name) { return line.substr(0, line.find_last_not_of(" \t:", colon) + 1) == name; };
    if (is("model name")) text = value;
    if (is("cpu family")) text += ", family " + value;
    if (is("model")) text += ", model " + value;
    if (is("CPU implementer")) text += "ARM implementer " + value;
    if (is("CPU part")) text += ", part " + value;
  }
  return text.empty() ? "unnamed" : text;
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

std::string CpuText() {
  const CpuFeatures& cpu = kernels::Cpu();
  std::string text = SystemName() + ";";
  if (cpu.avx2) text += " avx2";
  if (cpu.avx512) text += " avx512";
  if (cpu.avx512_vnni) text += " avx512_vnni";
  if (cpu.avx_vnni) text += " avx_vnni";
  if (cpu.neon) text += " neon";
  if (cpu.neon_dotprod) text += " neon_dotprod";
  if (cpu.neon_i8mm) text += " neon_i8mm";
  if (cpu.neon_fp16) text += " neon_fp16";
  return text;
}

std::string DefaultPath() {
  const auto value = [](const char* name) {
    const char* const text = std::getenv(name);
    return std::string(text == nullptr ? "" : text);
  };
  const std::string given = value("VERGE_TUNED");
  if (!given.empty()) return given == "off" ? "" : given;
  std::string folder = value("XDG_CACHE_HOME");
  if (folder.empty() && !value("HOME").empty()) folder = value("HOME") + "/.cache";
  if (folder.empty()) return "";
  std::string name;
  for (const char c : CpuText()) {
    const auto u = static_cast<unsigned char>(c);
    if (std::isalnum(u) != 0 || c == '_') {
      name += static_cast<char>(std::tolower(u));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  return folder + "/verge/kernels-" + name + ".txt";
}

Result<std::shared_ptr<const Choices>> LoadChoices(const std::string& path, const std::string& cpu) {
  if (path.empty() || !sys::Exists(path)) return std::shared_ptr<const Choices>();
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, kMaxFileBytes));
  Result<Choices> choices = Choices::Parse(text, cpu);
  if (!choices.ok()) {
    return Status(
        choices.status().code(),
        path + ": " + std::string(choices.status().message()) + "; remove it, or let `verge tune` write it anew",
        __FILE__, __LINE__);
  }
  return std::make_shared<const Choices>(std::move(choices).value());
}

Status SaveChoices(const Choices& choices, const std::string& path, const std::string& cpu) {
  VERGE_TRY(sys::MakeDirs(FolderOf(path)));
  return sys::WriteFileAtomic(path, choices.Print(cpu));
}

}  // namespace verge::tune
