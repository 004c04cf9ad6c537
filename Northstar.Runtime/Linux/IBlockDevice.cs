// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Linux;

/// <summary>A block device that exists as long as it is held or used.</summary>
internal interface IBlockDevice : IDisposable
{
    /// <summary>Gets the path to mount it by, in this process.</summary>
    string Path { get; }

    /// <summary>Gets what people call it.</summary>
    string Name { get; }

    /// <summary>Lets go of it and, when nothing uses it, waits until it is gone.</summary>
    void Remove();
}
