// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections.Concurrent;
using Northstar.Npk;

namespace Northstar.Tests.Support;

/// <summary>Packages for kernel tests, made of the published samples and kept for the whole run. All are signed with <see cref="KeyFile"/>.</summary>
internal static class TestPackages
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_packages = new();
    private static readonly Lazy<string> s_directory = new(Prepare);

    /// <summary>Gets the public key file.</summary>
    internal static string KeyFile => Path.Combine(s_directory.Value, "test.pub");

    /// <summary>Gets the private key.</summary>
    internal static PrivateKey Key => KeyFiles.ReadPrivateKey(Path.Combine(s_directory.Value, "test.key"));

    /// <summary>Gets the package of a sample.</summary>
    internal static string Sample(string name) => s_packages.GetOrAdd(name, n => new Lazy<string>(() => Pack(n))).Value;

    /// <summary>Gets the package of a container that runs the test container's program and has a small manifest: proc, dev, piped output, and what is given.</summary>
    /// <param name="name">The name; version is 0.0.1.</param>
    /// <param name="mounts">Further lines of <c>mounts</c>, indented by two.</param>
    /// <param name="further">Further lines of the manifest.</param>
    internal static string Program(string name, string mounts = "", string further = "") =>
        s_packages.GetOrAdd($"{name}\n{mounts}\n{further}", _ => new Lazy<string>(() => Pack(
            $$"""
            name: {{name}}
            version: 0.0.1
            init: /test-container
            uid: 1000
            gid: 1000
            io: {stdout: pipe, stderr: pipe}
            mounts:
              /dev: {type: dev}
              /proc: {type: proc}
            {{mounts}}
            {{further}}
            """,
            Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"),
            Path.Combine(s_directory.Value, $"{name}-{Guid.NewGuid():N}.npk")))).Value;

    /// <summary>Makes a package like that of a sample, with a changed manifest: given as text, and changed by replacing text.</summary>
    internal static string Patched(string sample, string target, params (string From, string To)[] changes)
    {
        string manifest = File.ReadAllText(Path.Combine(HostProbe.SamplesDirectory, sample, "manifest.yaml"));
        foreach ((string from, string to) in changes)
        {
            Assert.That(manifest, Does.Contain(from), "the manifest changed, the test has to follow");
            manifest = manifest.Replace(from, to, StringComparison.Ordinal);
        }

        return Pack(manifest, Path.Combine(HostProbe.SamplesDirectory, sample, "root"), target);
    }

    /// <summary>Packs a manifest and a root directory.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="root">The directory.</param>
    /// <param name="target">The file to make.</param>
    /// <param name="keyFile">The private key, or null for the usual one.</param>
    internal static string Pack(string manifest, string root, string target, string? keyFile = null)
    {
        using PrivateKey key = keyFile is null ? Key : KeyFiles.ReadPrivateKey(keyFile);
        NpkBuilder.Pack(
            new NpkBuildOptions
            {
                Manifest = ManifestReader.Parse(System.Text.Encoding.UTF8.GetBytes(manifest)),
                RootDirectory = root,
                Key = key,
                Compression = SquashfsCompression.None,
            },
            target);
        return target;
    }

    private static string Pack(string name)
    {
        string source = Path.Combine(HostProbe.SamplesDirectory, name);
        string root = Path.Combine(source, "root");
        Directory.CreateDirectory(root);
        return Pack(File.ReadAllText(Path.Combine(source, "manifest.yaml")), root, Path.Combine(s_directory.Value, name + ".npk"));
    }

    private static string Prepare()
    {
        string directory = Directory.CreateTempSubdirectory("northstar-packages-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        KeyFiles.Generate(directory, "test");
        return directory;
    }
}
