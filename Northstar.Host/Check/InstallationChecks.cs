// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Host.Configuration;
using Northstar.Runtime;

namespace Northstar.Host.Check;

/// <summary>Checks what lies on this host: nobody but its owner may change what decides over the runtime.</summary>
internal static class InstallationChecks
{
    private const string Group = "installation";
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Checks the programs.</summary>
    internal static IEnumerable<CheckRow> OfProgram()
    {
        yield return Protected("program northstar", Environment.ProcessPath ?? "/proc/self/exe");
        yield return Protected("program northstar-init", Path.Combine(AppContext.BaseDirectory, "northstar-init"));
    }

    /// <summary>Checks a configuration and the files that it names.</summary>
    internal static IEnumerable<CheckRow> OfConfiguration(string path)
    {
        if (!File.Exists(path))
        {
            yield return new CheckRow(Group, "configuration", true, $"there is no file {path}", "the runtime does not start", []);
            yield break;
        }

        yield return Protected("configuration", path);
        RuntimeOptions? options = null;
        string? problem = null;
        try
        {
            options = ConfigurationFile.Load(path).Options;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
        }
        catch (ConfigurationException e)
        {
            problem = string.Join("; ", e.Problems.Select(p => p.ToString(path)));
        }

        yield return new CheckRow(Group, "keys of the configuration", true, problem, problem is null ? "" : "the runtime does not start", []);
        foreach ((string name, string file) in options is null ? [] : NamedFiles(options))
        {
            yield return Protected(name, file);
        }
    }

    private static IEnumerable<(string Name, string File)> NamedFiles(RuntimeOptions options)
    {
        foreach ((string id, RepositoryOptions repository) in options.Repositories)
        {
            foreach (string key in repository.KeyFiles.Prepend(repository.KeyFile).OfType<string>().Concat(repository.Pins.Values.SelectMany(static p => p)).Concat(repository.KeyListRoots))
            {
                yield return ($"key of repository {id}", key);
            }

            if (repository.KeyListFile is { } list)
            {
                yield return ($"list of keys of repository {id}", list);
            }

            if (repository.RevokedFile is { } revoked)
            {
                yield return ($"revoked keys and packages of repository {id}", revoked);
            }

            if (repository is { Kind: RepositoryKind.Directory, Directory: { } directory })
            {
                yield return ($"directory of repository {id}", directory);
            }
        }

        yield return ("run_dir", options.RunDirectory);
        yield return ("data_dir", options.DataDirectory);
        if (options.InitPath is { } init)
        {
            yield return ("northstar-init", init);
        }
    }

    private static CheckRow Protected(string name, string path) =>
        new(Group, name, true, WhyUnprotected(path), "whoever can write it decides over the runtime", []);

    /// <summary>Returns who else can change a file or directory, or null. One that does not exist yet is judged by where it will be made.</summary>
    internal static string? WhyUnprotected(string path)
    {
        try
        {
            path = Path.GetFullPath(path);
            if (Path.Exists(path))
            {
                path = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
                UnixFileMode mode = File.GetUnixFileMode(path) & OthersWrite;
                if (mode != 0)
                {
                    return $"{path} can be written by {((mode & UnixFileMode.OtherWrite) != 0 ? "everybody" : "its group")}";
                }
            }

            for (string? directory = Path.GetDirectoryName(path); directory is not null; directory = Path.GetDirectoryName(directory))
            {
                // Where the sticky bit is set, as in /tmp, others cannot replace what is not theirs.
                if (Directory.Exists(directory) && (File.GetUnixFileMode(directory) & (UnixFileMode.OtherWrite | UnixFileMode.StickyBit)) == UnixFileMode.OtherWrite)
                {
                    return $"{path} lies in {directory}, which can be written by everybody";
                }
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
