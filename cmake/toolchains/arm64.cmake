# 64-bit ARM Linux.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(VERGE_TRIPLE aarch64-linux-gnu)
set(VERGE_EMULATOR qemu-aarch64-static)
include(${CMAKE_CURRENT_LIST_DIR}/linux_cross.cmake)
