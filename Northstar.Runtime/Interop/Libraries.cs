// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Interop;

/// <summary>Names of the native libraries.</summary>
internal static class Libraries
{
    internal const string C = "libc";
}
