// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Microsoft.Extensions.Options;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Runtime;

/// <summary>Checks the values of <see cref="RuntimeOptions"/>, alone and together, and reports everything that is wrong with them.</summary>
/// <remarks>
/// Failures begin with the key of the configuration file, such as <c>repositories.default.key: </c>. Whether files and directories exist is
/// not looked at: a runtime does that when it starts.
/// </remarks>
public sealed class RuntimeOptionsValidator : IValidateOptions<RuntimeOptions>
{
    /// <summary>The longest time that a timer of the platform can wait.</summary>
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(49);

    /// <summary>Checks options.</summary>
    /// <param name="name">The name of the options; not looked at.</param>
    /// <param name="options">The options.</param>
    public ValidateOptionsResult Validate(string? name, RuntimeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var failures = new List<string>();
        CheckDirectories(options, failures);
        CheckCgroup(options.Cgroup, failures);
        Require(options.EventBufferSize >= 1, "event_buffer_size", "1 or more is needed", failures);
        Require(options.NotificationBufferSize >= 1, "notification_buffer_size", "1 or more is needed", failures);
        CheckWait(options.LoopDeviceTimeout, "loop_device_timeout", failures);
        CheckWait(options.DeviceMapperDeviceTimeout, "device_mapper_device_timeout", failures);
        Require(
            options.RealtimeBudget >= TimeSpan.Zero && options.RealtimeBudget <= TimeSpan.FromSeconds(1),
            "realtime_budget", "at most one second of each second can be given", failures);
        CheckDefaults(options, failures);
        CheckLimits(options.Console.Limits, "console.options", failures);
        CheckConsole(options.Console.Global, failures);
        foreach ((string id, RepositoryOptions repository) in options.Repositories)
        {
            CheckRepository($"repositories.{id}", repository, failures);
        }

        CheckDebug(options, failures);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void CheckDefaults(RuntimeOptions options, List<string> failures)
    {
        foreach ((RlimitResource resource, Rlimit limit) in options.DefaultRlimits)
        {
            Require(
                (limit.Soft ?? ulong.MaxValue) <= (limit.Hard ?? ulong.MaxValue),
                $"default_rlimits.{resource.ToString().ToLowerInvariant()}", "the soft limit is above the hard one", failures);
        }

        Require(options.DefaultCpu is not { } cpu || cpu >= TimeSpan.FromMilliseconds(10), "default_cpu", "10ms of each second or more are needed", failures);
        Require(options.DefaultMemoryBytes is null or <= long.MaxValue, "default_memory", "this is more than any machine has", failures);
        Require(options.DefaultSwapBytes is null or <= long.MaxValue / 2, "default_swap", "this is more than any machine has", failures);
    }

    private static void CheckDirectories(RuntimeOptions options, List<string> failures)
    {
        var checkedPaths = new List<(string Key, string Path)>();
        Add("run_dir", options.RunDirectory);
        Add("data_dir", options.DataDirectory);
        Add("socket_dir", options.SocketDirectory);
        Add("log_dir", options.LogDirectory);
        foreach ((string id, RepositoryOptions repository) in options.Repositories)
        {
            if (repository.Kind == RepositoryKind.Directory)
            {
                Add($"repositories.{id}.type", repository.Directory ?? "");
            }
        }

        if (options.AuditFile is { } audit)
        {
            CheckPath(audit, "audit_file", "file", failures);
        }

        for (int i = 0; i < checkedPaths.Count; i++)
        {
            CheckOverlap(checkedPaths[i], checkedPaths.Take(i), failures);
        }

        void Add(string key, string? path)
        {
            if (path is not null && CheckPath(path, key, "directory", failures))
            {
                checkedPaths.Add((key, Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))));
            }
        }
    }

    // A container's data lies in data_dir/NAME and a wipe removes it: nothing else may be there. Each directory has one user only.
    private static void CheckOverlap((string Key, string Path) one, IEnumerable<(string Key, string Path)> others, List<string> failures)
    {
        foreach ((string key, string path) in others)
        {
            if (path == one.Path)
            {
                failures.Add($"{one.Key}: {path} is {key} already; a directory of its own is needed");
            }
            else if (key == "data_dir" && IsInside(one.Path, path))
            {
                failures.Add($"{one.Key}: {one.Path} lies in data_dir, where a container of that name would get it as its data");
            }
            else if (one.Key == "data_dir" && IsInside(path, one.Path))
            {
                failures.Add($"{key}: {path} lies in data_dir, where a container of that name would get it as its data");
            }
        }
    }

    private static bool IsInside(string path, string directory) =>
        path.StartsWith(Path.EndsInDirectorySeparator(directory) ? directory : directory + "/", StringComparison.Ordinal);

    private static void CheckCgroup(string cgroup, List<string> failures)
    {
        Require(cgroup.Length > 0, "cgroup", "the name of the top-level cgroup is missing", failures);
        Require(!cgroup.StartsWith('/'), "cgroup", $"'{cgroup}' begins with '/'; a path relative to the cgroup root is needed", failures);
        Require(
            cgroup.Length == 0 || !cgroup.TrimStart('/').TrimEnd('/').Split('/').Any(static part => part is "" or "." or ".."),
            "cgroup", $"'{cgroup}' has an empty part, '.' or '..'", failures);
        Require(!cgroup.Contains('\0'), "cgroup", "a path cannot have U+0000", failures);
    }

    private static void CheckConsole(GlobalConsoleOptions? console, List<string> failures)
    {
        if (console is null)
        {
            return;
        }

        try
        {
            ConsoleAddress.Parse(console.Bind);
        }
        catch (FormatException e)
        {
            failures.Add($"console.global.bind: {e.Message}");
        }

        Require(console.Mode <= 0x1FF, "console.global.mode", "permission bits from 0 to 0777 (octal) are needed", failures);
        Require(console.Owner != "", "console.global.owner", "the name is empty", failures);
        Require(console.Group != "", "console.global.group", "the name is empty", failures);
        CheckLimits(console.Limits, "console.global.options", failures);
        CheckWait(console.HandshakeTimeout, "console.global.limits.handshake", failures);
        CheckPolicy(console, failures);
        if (console.Tls is { } tls)
        {
            Require(console.Bind.StartsWith("tcp:", StringComparison.Ordinal), "console.global.tls", "it is for tcp only", failures);
            CheckPath(tls.CertificateFile, "console.global.tls.certificate", "file", failures);
            CheckPath(tls.KeyFile, "console.global.tls.key", "file", failures);
            Require(tls.ClientCaFile != "", "console.global.tls.client_ca", "the file is missing", failures);
        }
    }

    private static void CheckPolicy(GlobalConsoleOptions console, List<string> failures)
    {
        for (int i = 0; i < console.Policy.Count; i++)
        {
            ConsolePolicyRule rule = console.Policy[i];
            string key = string.Create(CultureInfo.InvariantCulture, $"console.global.policy[{i}]");
            Require(
                rule is not { User: null, Group: null, Selinux: null, Certificate: null }, key,
                "it says nothing about the peer; uid, gid, selinux or certificate is needed, uid = \"*\" fits everyone at a Unix socket", failures);
            Require(
                console.Tls?.ClientCaFile is not null || rule.Certificate is null, $"{key}.certificate",
                "clients show certificates only with console.global.tls.client_ca", failures);
            Require(
                !console.Bind.StartsWith("tcp:", StringComparison.Ordinal) || rule is { User: null, Group: null, Selinux: null }, key,
                "uid, gid and selinux are known for Unix sockets only, not for tcp", failures);
            Require(
                rule.Certificate?.StartsWith("sha256:", StringComparison.Ordinal) != true || IsFingerprint(rule.Certificate["sha256:".Length..]),
                $"{key}.certificate", "a fingerprint has 64 lower-case hex digits behind sha256:", failures);
        }
    }

    private static bool IsFingerprint(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);

    private static void CheckLimits(ConsoleLimits limits, string key, List<string> failures)
    {
        Require(limits.TokenValidity >= TimeSpan.Zero, $"{key}.token_validity", "it is negative", failures);
        CheckWait(limits.NpkStreamTimeout, $"{key}.npk_stream_timeout", failures);
        string place = key.Replace(".options", ".limits", StringComparison.Ordinal);
        CheckWait(limits.IdleTimeout, $"{place}.idle", failures);
        CheckWait(limits.WriteTimeout, $"{place}.write", failures);
        CheckWait(limits.InstallTimeout, $"{place}.install_time", failures);
    }

    private static void CheckRepository(string key, RepositoryOptions repository, List<string> failures)
    {
        if (repository.KeyFile is { } file)
        {
            CheckPath(file, $"{key}.key", "file", failures);
        }

        foreach (string path in repository.KeyFiles)
        {
            CheckPath(path, $"{key}.keys", "file", failures);
        }

        foreach ((ContainerName name, IReadOnlyList<string> files) in repository.Pins)
        {
            Require(files.Count > 0, $"{key}.pin.{name}", "a key file is missing", failures);
            foreach (string path in files)
            {
                CheckPath(path, $"{key}.pin.{name}", "file", failures);
            }
        }

        CheckKeyList(key, repository, failures);
        bool hasKey = repository.KeyFile is not null || repository.KeyFiles.Count > 0 || repository.Pins.Count > 0 || repository.KeyListFile is not null;
        Require(hasKey || !repository.PinsFirstKey, $"{key}.pin_first_key", "the repository has no key, so nothing in it is verified and nothing can be pinned", failures);
        if (repository.RevokedFile is { } revoked)
        {
            CheckPath(revoked, $"{key}.revoked", "file", failures);
            Require(hasKey, $"{key}.revoked", "the repository has no key, so nothing in it is verified and nothing can be revoked", failures);
        }
    }

    private static void CheckKeyList(string key, RepositoryOptions repository, List<string> failures)
    {
        if (repository.KeyListFile is { } list)
        {
            CheckPath(list, $"{key}.key_list.file", "file", failures);
            Require(repository.KeyListRoots.Count > 0, $"{key}.key_list.root", "the key that signs the list is missing", failures);
        }

        foreach (string root in repository.KeyListRoots)
        {
            CheckPath(root, $"{key}.key_list.root", "file", failures);
        }
    }

    private static void CheckDebug(RuntimeOptions options, List<string> failures)
    {
        DebugOptions debug = options.Debug;
        Require(
            options.LogDirectory is not null || debug.Strace is not { OutputToFile: true },
            "debug.strace.output", "files of strace need a place: log_dir is missing", failures);
        Require(options.LogDirectory is not null || debug.Perf is null, "debug.perf", "files of perf need a place: log_dir is missing", failures);
        Require(debug.Strace?.Path != "", "debug.strace.path", "the program is missing", failures);
        Require(debug.Perf?.Path != "", "debug.perf.path", "the program is missing", failures);
        Require(debug.Commands.All(static c => !string.IsNullOrWhiteSpace(c)), "debug.commands", "a command is empty", failures);
    }

    private static bool CheckPath(string path, string key, string what, List<string> failures)
    {
        Require(path.Length > 0, key, $"the {what} is missing", failures);
        Require(!path.Contains('\0'), key, "a path cannot have U+0000", failures);
        return path.Length > 0 && !path.Contains('\0');
    }

    private static void CheckWait(TimeSpan time, string key, List<string> failures) =>
        Require(
            time >= TimeSpan.Zero && time <= s_longestWait, key,
            string.Create(CultureInfo.InvariantCulture, $"0 to {s_longestWait.Days} days are possible"), failures);

    private static void Require(bool valid, string key, string problem, List<string> failures)
    {
        if (!valid)
        {
            failures.Add($"{key}: {problem}");
        }
    }
}
