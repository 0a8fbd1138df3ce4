// SPDX-License-Identifier: Apache-2.0
// Nothing: the file that the precompiled headers are made for (CMakeLists.txt).
