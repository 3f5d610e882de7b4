namespace AmqpBroker.Core.Users;

/// <summary>How a password was hashed. The numbers are part of the accounts' journal, the names are RabbitMQ's.</summary>
public enum PasswordHashing
{
    /// <summary>SHA-256, RabbitMQ's default (rabbit_password_hashing_sha256).</summary>
    Sha256 = 0,

    /// <summary>SHA-512 (rabbit_password_hashing_sha512).</summary>
    Sha512 = 1,

    /// <summary>MD5, of accounts older than RabbitMQ 3.6 (rabbit_password_hashing_md5): only to take them over.</summary>
    Md5 = 2,
}
