// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;
using Northstar.Runtime.Repositories;

namespace Northstar.Runtime.Containers;

/// <summary>
/// Whose the persistent data of each name is: the first repository with a container that uses it. Another repository's container of the same
/// name neither gets it nor wipes it. Written down in <c>data_dir</c>. Thread safe.
/// </summary>
internal sealed class DataOwners(string dataDirectory, ILogger logger)
{
    private readonly StateFile _file = new(dataDirectory, "owners");
    private readonly Lock _lock = new();
    private readonly Dictionary<ContainerName, string> _owners = [];

    /// <summary>Reads the record. One that is lost is reported; then the next container that uses data owns it.</summary>
    internal void Load()
    {
        try
        {
            foreach (string[] record in _file.Read() ?? [])
            {
                if (record.Length != 2 || !ContainerName.TryParse(record[0], out ContainerName name))
                {
                    throw new InvalidDataException("a record has another form");
                }

                _owners[name] = record[1];
            }
        }
        catch (Exception e) when (e is InvalidDataException or LinuxException or IOException or UnauthorizedAccessException)
        {
            _owners.Clear();
            Repositories.Log.OwnersLost(logger, _file.DisplayPath, e.Message);
        }
    }

    /// <summary>Tells whether the data is known to be that of the repository, without reading anything.</summary>
    internal bool IsOwner(ContainerName name, Repository repository)
    {
        lock (_lock)
        {
            return _owners.TryGetValue(name, out string? owner) && owner == repository.Id;
        }
    }

    /// <summary>Makes the repository the owner of the data of a name, unless another one is.</summary>
    /// <exception cref="RuntimeException">The data is somebody else's.</exception>
    /// <exception cref="LinuxException">The record cannot be written; then nothing has changed.</exception>
    internal void Claim(ContainerId id, Repository repository)
    {
        lock (_lock)
        {
            if (WhoElse(id.Name, repository) is { } owner && !repository.Options.AdoptsData)
            {
                throw RuntimeException.Unexpected(
                    $"the data in {Path.Combine(dataDirectory, id.Name.ToString())} is that of {id.Name} of repository {owner}, not of repository {repository.Id}; "
                    + $"remove or rename the directory, or set repositories.{repository.Id}.adopt_data");
            }

            if (_owners.GetValueOrDefault(id.Name) != repository.Id)
            {
                Write(new Dictionary<ContainerName, string>(_owners) { [id.Name] = repository.Id });
                _owners[id.Name] = repository.Id;
                Repositories.Log.DataClaimed(logger, id, repository.Id, Path.Combine(dataDirectory, id.Name.ToString()));
            }
        }
    }

    /// <summary>Returns the other repository that owns existing data of a name, or null.</summary>
    internal string? FindOther(ContainerName name, Repository repository)
    {
        lock (_lock)
        {
            return repository.Options.AdoptsData ? null : WhoElse(name, repository);
        }
    }

    /// <summary>Forgets the owner of data that is gone.</summary>
    internal void Forget(ContainerName name)
    {
        lock (_lock)
        {
            if (_owners.Remove(name))
            {
                try
                {
                    Write(_owners);
                }
                catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
                {
                    // Without its directory the record has no effect.
                    Repositories.Log.StateUnwritten(logger, _file.DisplayPath, e.Message);
                }
            }
        }
    }

    private string? WhoElse(ContainerName name, Repository repository) =>
        _owners.TryGetValue(name, out string? owner) && owner != repository.Id && Path.Exists(Path.Combine(dataDirectory, name.ToString())) ? owner : null;

    private void Write(Dictionary<ContainerName, string> owners) =>
        _file.Write(owners, static (name, owner) => [name.ToString(), owner]);
}
