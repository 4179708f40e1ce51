# 64-bit RISC-V Linux (RV64GC); without vector kernels.
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(VERGE_TRIPLE riscv64-linux-gnu)
set(VERGE_EMULATOR qemu-riscv64-static)
include(${CMAKE_CURRENT_LIST_DIR}/linux_cross.cmake)
