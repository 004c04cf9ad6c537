// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <content>Keys that change without the configuration: the signed list, and pins to the first key of a name.</content>
internal sealed partial class RepositoryTrust
{
    private volatile KeyList? _list;

    /// <summary>Gets the file of the list of keys, or null.</summary>
    internal string? KeyListFile => _options.KeyListFile;

    /// <summary>Gets the list of keys that is in force, or null.</summary>
    internal KeyList? List => _list;

    /// <summary>Gets a value indicating whether the first package of a name pins it to its key.</summary>
    internal bool PinsFirstKey => _options.PinsFirstKey && IsVerified;

    /// <summary>Reads the list of keys again.</summary>
    /// <exception cref="RuntimeException">It cannot be used; the one before stays in force.</exception>
    internal void ReloadKeys()
    {
        if (KeyListFile is not { } path)
        {
            return;
        }

        lock (_reloading)
        {
            Take(ReadList(path), path);
        }
    }

    private void Take(KeyList list, string path)
    {
        if (_options.RefusesDevelopmentKeys && DevelopmentKeys.Find(list.Keys.Select(static k => k.Key)).FirstOrDefault() is { Key: { } key } known)
        {
            throw Failure(path, $"the key {key.Id} is {known.Name}: anybody can sign packages with it");
        }

        if (_records.Serials.WhyOld(_id, list) is { } cause)
        {
            throw Failure(path, cause);
        }

        _list = list;
        _allKeys = [.. Fixed().Concat(list.Keys.Select(static k => k.Key)).Distinct()];
    }

    /// <summary>Returns the class that the list of keys gives the key of a package, or null.</summary>
    internal string? ClassOf(NpkPackage package) => package.VerifiedBy is { } key ? _list?.Find(key)?.Class : null;

    /// <summary>Returns the ids of the keys that alone may sign a name, or null when there is no pin.</summary>
    internal IReadOnlyList<string>? PinOf(ContainerName name) =>
        _pins.TryGetValue(name, out PublicKey[]? pinned) ? [.. pinned.Select(static k => k.Id)]
        : PinsFirstKey && _records.Pins.Find(_id, name) is { } learnt ? [learnt]
        : null;

    /// <summary>Pins the name of a package that is accepted to its key, where that is wanted. Call the result to take it back.</summary>
    /// <exception cref="RuntimeException">The name was pinned to another key meanwhile.</exception>
    /// <exception cref="LinuxException">The record cannot be written; then nothing has changed.</exception>
    /// <exception cref="IOException">The same.</exception>
    internal Action Pin(NpkPackage package)
    {
        if (!PinsFirstKey || package.VerifiedBy is not { } key)
        {
            return static () => { };
        }

        if (WhyPinned(package) is { } cause)
        {
            throw RuntimeException.Unexpected($"container {package.Manifest.Id} is refused: {cause}");
        }

        ContainerName name = package.Manifest.Name;
        string? before = _records.Pins.Pin(_id, name, key.Id);
        return () => _records.Pins.Restore(_id, name, before);
    }

    /// <summary>Pins the names of packages that were there before, where that is wanted.</summary>
    internal void PinExisting(IEnumerable<NpkPackage> packages)
    {
        if (PinsFirstKey)
        {
            _records.Pins.PinExisting(_id, packages);
        }
    }

    /// <summary>Returns why the first key of a name is another one, or null. A pin of the configuration is what an operator decided since.</summary>
    private string? WhyPinned(NpkPackage package)
    {
        ContainerName name = package.Manifest.Name;
        return PinsFirstKey && !_pins.ContainsKey(name) && package.VerifiedBy is { } key && _records.Pins.Find(_id, name) is { } first && first != key.Id
            ? $"the name {name} is pinned to the key {first} that signed its first package, not to {key.Id}; repositories.{_id}.pin.{name} decides otherwise"
            : null;
    }

    /// <summary>A key that the configuration has too does not expire.</summary>
    private string? WhyExpired(NpkPackage package) =>
        package.VerifiedBy is { } key && !_keys.Contains(key) && !_pins.ContainsKey(package.Manifest.Name)
        && _list?.Find(key) is { } listed && listed.HasExpired(DateTimeOffset.UtcNow)
            ? string.Create(CultureInfo.InvariantCulture, $"the key {key.Id} that signed the package expired at {listed.NotAfter:yyyy-MM-ddTHH:mm:ssZ}")
            : null;

    private KeyList ReadList(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            byte[] bytes = new byte[KeyList.MaxLengthBytes + 1];
            return KeyList.Parse(bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)), _roots, path);
        }
        catch (NpkException e)
        {
            throw RuntimeException.Unexpected(e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(path, e.Message, e);
        }
    }

    private static RuntimeException Failure(string path, string cause, Exception? inner = null) =>
        RuntimeException.Unexpected($"read the list of keys {path}: {cause}", inner);
}
