// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Engine;

/// <summary>Log records of the engine, ids 1000 to 1999 (and 3000 to 3999 for mounts). Next free: 1026, 3006.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 1000, EventName = "RuntimeReady", Level = LogLevel.Information, Message = "Runtime is ready after {Duration}")]
    internal static partial void Ready(ILogger logger, TimeSpan duration);

    [LoggerMessage(EventId = 1001, EventName = "ShuttingDown", Level = LogLevel.Information, Message = "Shutting down")]
    internal static partial void ShuttingDown(ILogger logger);

    [LoggerMessage(EventId = 1002, EventName = "ShutdownComplete", Level = LogLevel.Information, Message = "Shutdown is complete")]
    internal static partial void ShutdownComplete(ILogger logger);

    [LoggerMessage(EventId = 1003, EventName = "ContainerStarted", Level = LogLevel.Information, Message = "Started {Container} as pid {Pid}")]
    internal static partial void Started(ILogger logger, ContainerId container, int pid);

    [LoggerMessage(EventId = 1004, EventName = "KillSent", Level = LogLevel.Information, Message = "Sent signal {Signal} to {Container}")]
    internal static partial void KillSent(ILogger logger, ContainerId container, int signal);

    [LoggerMessage(EventId = 1005, EventName = "ContainerExited", Level = LogLevel.Information,
        Message = "{Container} ended with {Status}")]
    internal static partial void Exited(ILogger logger, ContainerId container, ContainerExit status);

    [LoggerMessage(EventId = 1018, EventName = "ProcessExited", Level = LogLevel.Debug,
        Message = "The program of {Container} ran for {Lifetime} and ended with {Status}")]
    internal static partial void ProcessExited(ILogger logger, ContainerId container, ContainerExit status, TimeSpan lifetime);

    [LoggerMessage(EventId = 1006, EventName = "OutOfMemory", Level = LogLevel.Warning, Message = "{Container} is out of memory (oom {Oom}, oom_kill {OomKill})")]
    internal static partial void OutOfMemory(ILogger logger, ContainerId container, ulong oom, ulong oomKill);

    [LoggerMessage(EventId = 1007, EventName = "Installed", Level = LogLevel.Information, Message = "Installed {Container} in {Repository}")]
    internal static partial void Installed(ILogger logger, ContainerId container, string repository);

    [LoggerMessage(EventId = 1008, EventName = "Uninstalled", Level = LogLevel.Information, Message = "Uninstalled {Container} from {Repository}")]
    internal static partial void Uninstalled(ILogger logger, ContainerId container, string repository);

    [LoggerMessage(EventId = 1009, EventName = "PersistWiped", Level = LogLevel.Information, Message = "Removed the data of {Container} in {Path}")]
    internal static partial void Wiped(ILogger logger, ContainerId container, string path);

    [LoggerMessage(EventId = 1010, EventName = "CleanupFailed", Level = LogLevel.Warning, Message = "Clean-up after {Container}: {Cause}")]
    internal static partial void CleanupFailed(ILogger logger, ContainerId container, string cause);

    [LoggerMessage(EventId = 1011, EventName = "AutostartFailed", Level = LogLevel.Warning, Message = "Autostart of {Container} failed: {Cause}")]
    internal static partial void AutostartFailed(ILogger logger, ContainerId container, string cause);

    [LoggerMessage(EventId = 1012, EventName = "DuplicateContainer", Level = LogLevel.Warning,
        Message = "{Container} in repository {Repository} is left out, {First} holds it already")]
    internal static partial void DuplicateContainer(ILogger logger, ContainerId container, string repository, string first);

    [LoggerMessage(EventId = 1013, EventName = "LauncherEnded", Level = LogLevel.Error,
        Message = "northstar-init ended, and every container with it; starting it again")]
    internal static partial void LauncherEnded(ILogger logger);

    [LoggerMessage(EventId = 1014, EventName = "EngineFault", Level = LogLevel.Error, Message = "A fault in the engine was contained")]
    internal static partial void Fault(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 1015, EventName = "CgroupLeft", Level = LogLevel.Warning, Message = "The cgroup {Path} is still in use and stays")]
    internal static partial void CgroupLeft(ILogger logger, string path);

    [LoggerMessage(EventId = 1024, EventName = "ContainerDoesNotDie", Level = LogLevel.Error,
        Message = "{Container}: a process did not die in {Seconds} s, as one does that waits in the kernel for a device or a server; the shutdown goes on without it")]
    internal static partial void DoesNotDie(ILogger logger, ContainerId container, double seconds);

    [LoggerMessage(EventId = 1017, EventName = "DebugTools", Level = LogLevel.Warning,
        Message = "Debug tools run for every container, with the rights of the runtime: {Tools}")]
    internal static partial void DebugTools(ILogger logger, string tools);

    [LoggerMessage(EventId = 1019, EventName = "NoDeviceFilter", Level = LogLevel.Warning,
        Message = "No filter keeps containers from device nodes that they make or find: the machine has neither the devices controller of cgroup v1 nor device filters of v2: {Cause}")]
    internal static partial void NoDeviceFilter(ILogger logger, string cause);

    [LoggerMessage(EventId = 1020, EventName = "ResourceChosen", Level = LogLevel.Debug,
        Message = "{Container}: the resource at {Target} is {Resource} of repository {Repository}")]
    internal static partial void ResourceChosen(ILogger logger, ContainerId container, string target, ContainerId resource, string repository);

    [LoggerMessage(EventId = 3000, EventName = "Mounted", Level = LogLevel.Information, Message = "Mounted {Container}, integrity {Integrity}")]
    internal static partial void Mounted(ILogger logger, ContainerId container, string integrity);

    [LoggerMessage(EventId = 3001, EventName = "Umounted", Level = LogLevel.Information, Message = "Unmounted {Container}")]
    internal static partial void Umounted(ILogger logger, ContainerId container);

    [LoggerMessage(EventId = 3002, EventName = "MountFailed", Level = LogLevel.Error, Message = "{Container} is not mounted: {Cause}")]
    internal static partial void MountFailed(ILogger logger, ContainerId container, string cause);

    [LoggerMessage(EventId = 3003, EventName = "IntegrityChosen", Level = LogLevel.Information,
        Message = "Images of repositories with a key are protected by {Integrity}: {Reason}")]
    internal static partial void IntegrityChosen(ILogger logger, string integrity, string reason);

    [LoggerMessage(EventId = 3005, EventName = "ImageCorrupted", Level = LogLevel.Error,
        Message = "The image of {Container} in {Repository} is not what was signed: {Cause}; policy {Policy}")]
    internal static partial void ImageCorrupted(ILogger logger, ContainerId container, string repository, string cause, CorruptionPolicy policy);

    [LoggerMessage(EventId = 3004, EventName = "StaleDevice", Level = LogLevel.Information,
        Message = "Removed the device {Path} of a runtime that was killed while it mounted")]
    internal static partial void StaleDevice(ILogger logger, string path);

    [LoggerMessage(EventId = 1025, EventName = "StorageFailed", Level = LogLevel.Warning, Message = "{Operation}: {Cause}")]
    internal static partial void StorageFailed(ILogger logger, string operation, string cause);

    [LoggerMessage(EventId = 1022, EventName = "PackageVerified", Level = LogLevel.Information,
        Message = "Every block of {Container} in repository {Repository} was read and is right")]
    internal static partial void Verified(ILogger logger, ContainerId container, string repository);

    [LoggerMessage(EventId = 1021, EventName = "DirectoryModeChanged", Level = LogLevel.Warning,
        Message = "{Key} {Path} was open to other users of the host: its mode {Previous} is now {Mode}")]
    internal static partial void DirectoryModeChanged(ILogger logger, string key, string path, string previous, string mode);
}
