using System.Security.Cryptography;

namespace AmqpBroker.Core.Users;

/// <summary>
/// A password as RabbitMQ keeps it (rabbit_password_hashing_sha256): four bytes of salt, then SHA-256 over salt and password.
/// </summary>
public static class PasswordHash
{
    private const int SaltBytes = 4;

    /// <summary>The hash of a password, with fresh salt.</summary>
    public static byte[] Create(ReadOnlySpan<byte> password)
    {
        byte[] hash = new byte[SaltBytes + SHA256.HashSizeInBytes];
        RandomNumberGenerator.Fill(hash.AsSpan(0, SaltBytes));
        Compute(hash.AsSpan(0, SaltBytes), password, hash.AsSpan(SaltBytes));
        return hash;
    }

    /// <summary>Whether this is the password. An empty one never is. Takes the same time wherever they differ.</summary>
    public static bool Verify(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> password)
    {
        if (password.IsEmpty || hash.Length != SaltBytes + SHA256.HashSizeInBytes)
        {
            return false;
        }

        Span<byte> computed = stackalloc byte[SHA256.HashSizeInBytes];
        Compute(hash[..SaltBytes], password, computed);
        return CryptographicOperations.FixedTimeEquals(computed, hash[SaltBytes..]);
    }

    private static void Compute(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> password, Span<byte> result)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt);
        hash.AppendData(password);
        hash.GetHashAndReset(result);
    }
}
