// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Samples;

/// <summary>The command line is wrong.</summary>
internal sealed class UsageException(string message) : Exception(message)
{
    internal const string Text = """
        usage: test-container [COMMAND]
          abort                      end by SIGABRT
          call-delete-module FLAGS   call delete_module(NULL, FLAGS)
          cat PATH                   print a file
          crash                      end with exit code 101
          env                        print the environment
          exit CODE                  end with this exit code
          fork-child                 start a child that sleeps and print its pid
          inspect [--json]           print what this process sees
          print MESSAGE [-i|--io stdout|stderr]
          readlink PATH              print the target of a symbolic link
          sleep                      do nothing (the default)
          socket NAME                talk to itself through one of the manifest's sockets
          sockopt NAME               print whether an inherited socket has SO_PASSCRED
          stat PATH                  print mode, uid, gid and type
          touch PATH                 create or truncate a file
          write MESSAGE PATH         write a text to a file
        """;
}
