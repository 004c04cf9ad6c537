// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>How long and how many the parts of a manifest may be. Lengths are bytes of UTF-8.</summary>
internal static class ManifestLimits
{
    internal const int Init = 4096;
    internal const int EnvCount = 64;
    internal const int EnvName = 64;
    internal const int EnvValue = 1024;
    internal const int NetworkNamespace = 256;
    internal const int GroupCount = 64;
    internal const int GroupName = 64;
    internal const int SelinuxContext = 65535;
    internal const int SeccompIndex = 5;
    internal const int SeccompValues = 50;
    internal const int MinNice = -20;
    internal const int MaxNice = 19;
    internal const int MinPriority = 1;
    internal const int MaxPriority = 99;

    /// <summary>The permission bits of a socket: 0o777.</summary>
    internal const uint SocketMode = 0x1FF;

    /// <summary>sockaddr_un.sun_path has 108 bytes with its NUL (unix(7)).</summary>
    internal const int SocketPath = 107;

    /// <summary>PATH_MAX less the NUL (path_resolution(7)).</summary>
    internal const int Path = 4095;

    /// <summary>The largest pid of a 64-bit kernel (PID_MAX_LIMIT), and so the most processes.</summary>
    internal const uint Pids = 4_194_304;

    internal const int DeviceRules = 64;

    /// <summary>The largest numbers of a device node (MKDEV: 12 and 20 bits).</summary>
    internal const uint DeviceMajor = 4095;

    /// <inheritdoc cref="DeviceMajor"/>
    internal const uint DeviceMinor = 1_048_575;
}
