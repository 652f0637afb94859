"""Words that inventories use for columns and values, folded (lower case, no accents, spaces between words)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from knowledge.records.asset import AssetKind, Criticality, Exposure


def listed(text: str) -> tuple[str, ...]:
    """Give the words of a comma-separated list, in order."""
    return tuple(" ".join(word.split()) for word in text.split(",") if word.strip())


def fold(text: str) -> str:
    """Give the text in lower case, without accents, with one space for every run of other signs."""
    # Inventories repeat their words; what is long is not worth the room.
    return _fold_short(text) if len(text) <= 80 else _fold(text)


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    return re.sub(r"[\W_]+", " ", plain).strip()


_fold_short = lru_cache(maxsize=8192)(_fold)


ASSET_COLUMNS: dict[str, tuple[str, ...]] = {
    "id": listed(
        """
        vciso id, id, asset id, assetid, asset tag, asset number, asset no, inventory id, inventory no, inventory
        number, ci id, sys id, serial, serial number, inventarnummer, inventar nr, anlagennummer, seriennummer,
        numero d inventaire, n inventaire, numero de serie, identifiant, numero de inventario, identificador,
        kennung
        """
    ),
    "name": listed(
        """
        name, asset, asset name, device, device name, ci, ci name, system, system name, item, display name, label,
        bezeichnung, geratename, gerat, systemname, nom, designation, libelle, equipement, appareil, nombre, equipo,
        activo, dispositivo
        """
    ),
    "kind": listed(
        """
        kind, type, asset type, device type, category, class, asset class, ci type, ci class, typ, art, kategorie,
        geratetyp, categorie, tipo, categoria, clase
        """
    ),
    "owner": listed(
        """
        owner, asset owner, owned by, responsible, custodian, assigned to, system owner, team, business owner,
        technical owner, eigentumer, besitzer, verantwortlich, verantwortlicher, proprietaire, responsable,
        propietario, dueno
        """
    ),
    "criticality": listed(
        """
        criticality, critical, business criticality, asset criticality, importance, business impact, impact, tier,
        priority, kritikalitat, kritisch, wichtigkeit, schutzbedarf, prioritat, criticite, importance metier,
        priorite, criticidad, importancia, prioridad
        """
    ),
    "exposure": listed(
        """
        exposure, internet facing, internet exposed, publicly exposed, public facing, external facing, externally
        accessible, internet accessible, exposed, zone, network zone, reachability, exposition, aus dem internet
        erreichbar, extern erreichbar, erreichbarkeit, netzzone, expose sur internet, accessible depuis internet,
        exposicion, expuesto, expuesto a internet, zona
        """
    ),
    "vendor": listed(
        """
        vendor, vendor name, vendorproject, manufacturer, maker, make, brand, publisher, developer, hersteller,
        anbieter, marke, fabricant, editeur, constructeur, fabricante, marca, editor
        """
    ),
    "product": listed(
        """
        product, product name, software, software name, application, application name, app, component, component
        name, package, package name, model, model name, program, os, os name, operating system, betriebssystem,
        produkt, produktname, anwendung, modell, programm, produit, logiciel, modele, producto, aplicacion, modelo
        """
    ),
    "version": listed(
        """
        version, software version, product version, component version, package version, firmware, firmware version,
        release, build, installed version, current version, os version, softwarestand, versionsnummer,
        firmwarestand, version installee, version instalada
        """
    ),
    "cpe": listed("cpe, cpe 2 3, cpe23, cpe name, cpe uri, cpe23uri"),
    "purl": listed("purl, package url, packageurl"),
    "host": listed(
        """
        host, hostname, host name, fqdn, dns name, ip, ip address, ipv4, address, server, server name, computer,
        computer name, computername, machine, target, target ref, node, rechnername, ip adresse, rechner, hote, nom
        d hote, adresse ip, serveur, servidor, direccion ip
        """
    ),
    "provided_by": listed(
        """
        provided by, provider, supplier, supplier name, hosted by, managed by, operated by, msp, service provider,
        lieferant, dienstleister, betrieben von, betreiber, fournisseur, prestataire, heberge par, proveedor,
        gestionado por
        """
    ),
    "notes": listed(
        """
        notes, note, comment, comments, remarks, description, bemerkung, anmerkung, kommentar, remarque,
        commentaire, notas, comentario, observaciones
        """
    ),
}
"""Field of Asset -> headers that mean it. Earlier words win where two columns mean the same field."""

SUPPLIER_COLUMNS: dict[str, tuple[str, ...]] = {
    "id": listed(
        """
        vciso id, id, supplier id, vendor id, supplier number, vendor number, vendor no, lieferantennummer,
        kreditorennummer, numero fournisseur, identifiant, identificador
        """
    ),
    "name": listed(
        """
        name, supplier, supplier name, vendor, vendor name, third party, third party name, provider, provider name,
        company, company name, organisation, organization, partner, lieferant, dienstleister, firma, anbieter,
        unternehmen, fournisseur, prestataire, societe, entreprise, nom, proveedor, empresa, nombre, tercero
        """
    ),
    "service": listed(
        """
        service, services, service provided, what they do, purpose, description, category, type, scope, leistung,
        dienst, dienstleistung, zweck, prestation, objet, servicio, servicios, objeto
        """
    ),
    "criticality": (
        *ASSET_COLUMNS["criticality"],
        *listed("risk tier, vendor tier, supplier tier, risk rating, risk level"),
    ),
    "contact": listed(
        """
        contact, contact name, contact email, contact person, security contact, email, e mail, phone, account
        manager, service desk, ansprechpartner, kontakt, telefon, interlocuteur, courriel, telephone, contacto,
        correo, telefono
        """
    ),
    "contract": listed(
        """
        contract, contract clause, clause, sla, contract reference, agreement, notification duty, vertrag,
        vertragsklausel, klausel, contrat, clause contractuelle, contrato, clausula
        """
    ),
    "domain": listed(
        """
        domain, website, web site, url, homepage, web, webseite, internetseite, site web, dominio, sitio web,
        domaine
        """
    ),
    "tools": listed(
        """
        tools, tools used, tool, products, products used, software, software used, technology, product, remote
        tools, remote access tools, platform, werkzeuge, eingesetzte werkzeuge, eingesetzte software, produkte,
        outils, outils utilises, logiciels, produits, herramientas, productos, software utilizado
        """
    ),
    "notes": tuple(word for word in ASSET_COLUMNS["notes"] if word != "description"),
}
"""Field of ThirdParty -> headers that mean it."""

CRITICALITY_WORDS: dict[str, Criticality] = {
    **dict.fromkeys(
        listed(
            """
        critical, crit, very high, highest, severe, vital, mission critical, p0, a, kritisch, sehr hoch, critique,
        tres eleve, tres elevee, critico, critica, muy alta, muy alto, crown jewel, yes, ja, oui, si
        """
        ),
        "critical",
    ),
    **dict.fromkeys(
        listed(
            """
        high, important, major, business critical, hoch, wichtig, eleve, elevee, haut, haute, alto, alta,
        importante, fort, forte, b
        """
        ),
        "high",
    ),
    **dict.fromkeys(
        listed(
            """
        medium, med, moderate, normal, mid, standard, mittel, moyen, moyenne, c, modere, moderee, medio, media,
        moderado, moderada
        """
        ),
        "medium",
    ),
    **dict.fromkeys(
        listed(
            """
        low, minor, very low, lowest, negligible, none, informational, niedrig, gering, sehr niedrig, faible, bas,
        basse, tres faible, bajo, baja, muy bajo, d
        """
        ),
        "low",
    ),
    **dict.fromkeys(
        listed(
            """
        unknown, tbd, n a, na, unbekannt, inconnu, desconocido, not set, not rated, no, nein, non
        """
        ),
        "unknown",
    ),
}

EXPOSURE_WORDS: dict[str, Exposure] = {
    **dict.fromkeys(
        listed(
            """
        internet facing, internet, public, publicly exposed, public facing, external, externally accessible,
        exposed, dmz, perimeter, edge, wan, www, cloud public, internet exposed, yes, y, true, 1, x, ja, oui, si,
        wahr, vrai, verdadero, extern, offentlich, externe, publique, publico, externo, expuesto, expose
        """
        ),
        "internet",
    ),
    **dict.fromkeys(
        listed(
            """
        internal, internal only, intern, interne, interno, intranet, lan, private, no, n, false, 0, nein, non,
        falsch, faux, falso, privat, prive, privado, corporate, office, vpn, vpn only, not exposed, restricted,
        trusted, none
        """
        ),
        "internal",
    ),
    **dict.fromkeys(
        listed(
            """
        isolated, air gapped, airgapped, air gap, offline, segmented, standalone, isoliert, getrennt, isole, hors
        ligne, deconnecte, aislado, desconectado
        """
        ),
        "isolated",
    ),
    **dict.fromkeys(listed("unknown, tbd, n a, na, unbekannt, inconnu, desconocido, not set"), "unknown"),
}
"""A machine in a DMZ is one that the internet can reach, so `dmz` counts as internet."""

PRECISE_EXPOSURE = frozenset(
    listed("internet facing, publicly exposed, public facing, externally accessible, dmz, air gapped, internal only")
)
"""Words that give an exposure column away whatever its header is."""

KIND_WORDS: dict[str, AssetKind] = {
    **dict.fromkeys(
        listed(
            """
        hardware, device, server, physical server, workstation, desktop, laptop, notebook, pc, computer, mobile,
        phone, tablet, printer, appliance, iot, ot, plc, nas, virtual machine, vm, virtual server, endpoint,
        storage, camera, gerat, drucker, rechner, serveur, ordinateur, imprimante, materiel, servidor, equipo,
        impresora
        """
        ),
        "hardware",
    ),
    **dict.fromkeys(
        listed("operating system, os, betriebssystem, systeme d exploitation, sistema operativo"), "operating-system"
    ),
    **dict.fromkeys(
        listed(
            """
        application, app, software, program, web application, website, anwendung, database, container, datenbank,
        logiciel, base de donnees, aplicacion, base de datos
        """
        ),
        "application",
    ),
    **dict.fromkeys(
        listed(
            """
        library, framework, package, dependency, component, bibliothek, bibliotheque, libreria, biblioteca, module,
        plugin
        """
        ),
        "library",
    ),
    **dict.fromkeys(listed("firmware, bios, device driver, driver"), "firmware"),
    **dict.fromkeys(listed("service, daemon, dienst, servicio"), "service"),
    **dict.fromkeys(
        listed("saas, cloud service, cloud, software as a service, hosted service, paas, clouddienst"), "saas"
    ),
    **dict.fromkeys(
        listed(
            """
        network, network device, firewall, router, switch, load balancer, vpn gateway, access point, wireless, vpn,
        waf, proxy, gateway, netzwerk, reseau, red
        """
        ),
        "network",
    ),
    **dict.fromkeys(listed("data, dataset, data set, information, daten, donnees, datos, backup"), "data"),
    **dict.fromkeys(listed("unknown, other, misc, n a, unbekannt, autre, otro, sonstiges"), "unknown"),
}

BLANK_WORDS = frozenset(
    listed("n a, na, none, null, unknown, tbd, noassertion, not applicable, not available, unbekannt")
)
"""Words that stand for "not known" in a free field; compared after folding, so `N/A` and `n.a.` are among them."""
