// What kind of machine this is, and since which boot.
#pragma once

#include <string>
#include <string_view>

#include "proto/device.h"

namespace verge::agent {

// From /proc and /etc/os-release; fields that cannot be read stay empty.
proto::Inventory ReadInventory();
// The kernel's random id of this boot.
std::string BootId();

// The parts, from the texts of these files.
std::string CpuModel(std::string_view cpuinfo);
// Of the instruction sets that kernels choose by: those that every line of flags names.
std::vector<std::string> CpuFlags(std::string_view cpuinfo);
int64_t MemoryBytes(std::string_view meminfo);
std::string OsName(std::string_view os_release);

}  // namespace verge::agent
